"""The API's addresses; a slash too many at the end is forgiven."""

from django.urls import re_path

from events.api import views

# Each has a name: metrics carry it as their label.
urlpatterns = [
    re_path(r"^events/?$", views.EventsView.as_view(), name="events"),
    re_path(r"^events/(?P<event_id>[^/]+)/?$", views.EventView.as_view(), name="event"),
    re_path(r"^stats/?$", views.StatsView.as_view(), name="stats"),
    re_path(r"^health/?$", views.HealthView.as_view(), name="health"),
    re_path(r"^health/live/?$", views.HealthView.as_view(), name="health-live"),
    re_path(r"^health/ready/?$", views.ReadyView.as_view(), name="health-ready"),
]
