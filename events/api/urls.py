"""The API's addresses; a slash too many at the end is forgiven."""

from django.urls import re_path

from events.api import views
from events.api.schema.views import DocsView, SchemaView

# Each has a name: metrics carry it as their label.
urlpatterns = [
    re_path(r"^events/?$", views.EventsView.as_view(), name="events"),
    re_path(r"^events/batch/?$", views.BatchView.as_view(), name="events-batch"),
    re_path(r"^events/(?P<event_id>[^/]+)/?$", views.EventView.as_view(), name="event"),
    re_path(r"^event-types/?$", views.EventTypesView.as_view(), name="event-types"),
    re_path(r"^event-types/(?P<name>[^/]+)/?$", views.EventTypeView.as_view(), name="event-type"),
    re_path(r"^stats/?$", views.StatsView.as_view(), name="stats"),
    re_path(r"^health/?$", views.HealthView.as_view(), name="health"),
    re_path(r"^health/live/?$", views.HealthView.as_view(), name="health-live"),
    re_path(r"^health/ready/?$", views.ReadyView.as_view(), name="health-ready"),
    re_path(r"^schema/?$", SchemaView.as_view(), name="schema"),
    re_path(r"^docs/?$", DocsView.as_view(), name="docs"),
]
