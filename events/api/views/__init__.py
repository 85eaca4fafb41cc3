"""The API's doors: parse, call one service or query, shape the answer."""

from events.api.views.batch import BatchView
from events.api.views.error_groups import ErrorGroupsView, ErrorGroupView
from events.api.views.event_types import EventTypesView, EventTypeView
from events.api.views.events import EventsView, EventView, ExplainView
from events.api.views.export import ExportView
from events.api.views.health import HealthView, ReadyView
from events.api.views.pauses import PausesView, PauseView, ResumePauseView
from events.api.views.payloads import ErasureView, PayloadView
from events.api.views.replays import (
    AbortReplayPlanView,
    PauseReplayPlanView,
    ReplayPlansView,
    ReplayPlanView,
    ReplayView,
    ResumeReplayPlanView,
)
from events.api.views.stats import StatsView

__all__ = [
    "AbortReplayPlanView",
    "BatchView",
    "ErasureView",
    "ErrorGroupView",
    "ErrorGroupsView",
    "EventTypeView",
    "EventTypesView",
    "EventView",
    "EventsView",
    "ExplainView",
    "ExportView",
    "HealthView",
    "PauseReplayPlanView",
    "PauseView",
    "PausesView",
    "PayloadView",
    "ReadyView",
    "ReplayPlanView",
    "ReplayPlansView",
    "ReplayView",
    "ResumePauseView",
    "ResumeReplayPlanView",
    "StatsView",
]
