"""The API's addresses; a slash too many at the end is forgiven."""

from django.urls import re_path

from events.api import views
from events.api.schema.views import DocsView, SchemaView

# Each has a name: metrics carry it as their label.
urlpatterns = [
    re_path(r"^events/?$", views.EventsView.as_view(), name="events"),
    re_path(r"^events/batch/?$", views.BatchView.as_view(), name="events-batch"),
    re_path(r"^events/export/?$", views.ExportView.as_view(), name="events-export"),
    re_path(r"^events/(?P<event_id>[^/]+)/?$", views.EventView.as_view(), name="event"),
    re_path(r"^events/(?P<event_id>[^/]+)/explain/?$", views.ExplainView.as_view(), name="explain"),
    re_path(r"^events/(?P<event_id>[^/]+)/replay/?$", views.ReplayView.as_view(), name="replay"),
    re_path(r"^events/(?P<event_id>[^/]+)/payload/?$", views.ErasureView.as_view(), name="erasure"),
    re_path(
        r"^events/(?P<event_id>[^/]+)/payloads/(?P<version>[0-9]{1,6})/?$",
        views.PayloadView.as_view(),
        name="payload",
    ),
    re_path(r"^replays/?$", views.ReplayPlansView.as_view(), name="replay-plans"),
    re_path(r"^replays/(?P<plan_id>[^/]+)/?$", views.ReplayPlanView.as_view(), name="replay-plan"),
    re_path(
        r"^replays/(?P<plan_id>[^/]+)/pause/?$",
        views.PauseReplayPlanView.as_view(),
        name="replay-plan-pause",
    ),
    re_path(
        r"^replays/(?P<plan_id>[^/]+)/resume/?$",
        views.ResumeReplayPlanView.as_view(),
        name="replay-plan-resume",
    ),
    re_path(
        r"^replays/(?P<plan_id>[^/]+)/abort/?$",
        views.AbortReplayPlanView.as_view(),
        name="replay-plan-abort",
    ),
    re_path(r"^errors/?$", views.ErrorGroupsView.as_view(), name="errors"),
    re_path(r"^errors/(?P<fingerprint>[^/]+)/?$", views.ErrorGroupView.as_view(), name="error"),
    re_path(r"^pauses/?$", views.PausesView.as_view(), name="pauses"),
    re_path(r"^pauses/(?P<pause_id>[^/]+)/?$", views.PauseView.as_view(), name="pause"),
    re_path(
        r"^pauses/(?P<pause_id>[^/]+)/resume/?$",
        views.ResumePauseView.as_view(),
        name="pause-resume",
    ),
    re_path(r"^event-types/?$", views.EventTypesView.as_view(), name="event-types"),
    re_path(r"^event-types/(?P<name>[^/]+)/?$", views.EventTypeView.as_view(), name="event-type"),
    re_path(r"^stats/?$", views.StatsView.as_view(), name="stats"),
    re_path(r"^health/?$", views.HealthView.as_view(), name="health"),
    re_path(r"^health/live/?$", views.HealthView.as_view(), name="health-live"),
    re_path(r"^health/ready/?$", views.ReadyView.as_view(), name="health-ready"),
    re_path(r"^schema/?$", SchemaView.as_view(), name="schema"),
    re_path(r"^docs/?$", DocsView.as_view(), name="docs"),
]
