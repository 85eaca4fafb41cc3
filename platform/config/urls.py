"""Every address: the API at the root, the admin, the metrics."""

from django.contrib import admin
from django.urls import include, path, re_path
from django_prometheus.exports import ExportToDjangoView

urlpatterns = [
    path("", include("events.api.urls")),
    path("admin/", admin.site.urls),
    re_path(r"^metrics/?$", ExportToDjangoView, name="metrics"),
]

handler400 = "events.api.handlers.bad_request"
handler403 = "events.api.handlers.permission_denied"
handler404 = "events.api.handlers.not_found"
handler500 = "events.api.handlers.server_error"
