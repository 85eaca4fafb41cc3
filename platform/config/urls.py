"""Every address: the API at the root, the admin, the metrics."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django_prometheus.exports import ExportToDjangoView

from events.api.gate import inside_only

urlpatterns = [
    path("", include("events.api.urls")),
    path("admin/", admin.site.urls),
    path("admin", RedirectView.as_view(pattern_name="admin:index", query_string=True)),
    re_path(r"^metrics/?$", inside_only(ExportToDjangoView), name="metrics"),
]

handler400 = "events.api.handlers.bad_request"
handler403 = "events.api.handlers.permission_denied"
handler404 = "events.api.handlers.not_found"
handler500 = "events.api.handlers.server_error"
