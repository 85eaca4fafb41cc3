"""The API's doors: parse, call one service or query, shape the answer."""

from events.api.views.batch import BatchView
from events.api.views.event_types import EventTypesView, EventTypeView
from events.api.views.events import EventsView, EventView
from events.api.views.health import HealthView, ReadyView
from events.api.views.stats import StatsView

__all__ = [
    "BatchView",
    "EventTypeView",
    "EventTypesView",
    "EventView",
    "EventsView",
    "HealthView",
    "ReadyView",
    "StatsView",
]
