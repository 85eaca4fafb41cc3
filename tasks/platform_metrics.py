"""What belongs to no process, for the exporter's page: queues, open events, workers that live."""

import threading
import time
from collections.abc import Iterable
from typing import Any

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from events import clock
from events.errors import EventError
from events.queries import get_platform_stats

logger = structlog.get_logger(__name__)

# Each look takes two requests to SQS and two queries per shard to DynamoDB.
_LOOK_EVERY_SECONDS = 5.0
_QUEUES = ("work", "dead_letter")


class PlatformCollector(Collector):
    """Looks in a thread of its own, so that no scrape waits for AWS; shows nothing stale."""

    def __init__(self) -> None:
        self._families: list[Metric] = [_up(0)]
        self._is_blind = False
        threading.Thread(target=self._run, name="platform-metrics", daemon=True).start()

    def collect(self) -> Iterable[Metric]:
        return self._families

    def describe(self) -> Iterable[Metric]:
        return ()

    def _run(self) -> None:
        while True:
            self._families = self._look()
            time.sleep(_LOOK_EVERY_SECONDS)

    def _look(self) -> list[Metric]:
        try:
            stats = get_platform_stats()
            self._note("SQS does not tell how deep its queues are" if not stats["queues"] else "")
            return [_up(int(not self._is_blind)), *_describe(stats)]
        except EventError as error:
            self._note(str(error))
        except Exception:
            # Whatever it is, the next look may do better.
            logger.exception("platform_metrics_failed")
        return [_up(0)]

    def _note(self, reason: str) -> None:
        """Say once per outage why nothing can be seen."""
        if reason and not self._is_blind:
            logger.warning("platform_metrics_postponed", reason=reason)
        self._is_blind = bool(reason)


class PlatformRegistry(CollectorRegistry):
    """A registry that begins with the platform's own state."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.register(PlatformCollector())


def _up(value: int) -> Metric:
    return GaugeMetricFamily(
        "events_platform_up", "Whether the last look at DynamoDB and SQS succeeded.", value
    )


def _describe(stats: dict[str, Any]) -> Iterable[Metric]:
    open_events = stats["open_all_tenants"]
    yield GaugeMetricFamily(
        "events_open", "Open events, counted up to 1,000 a shard.", open_events["count"]
    )
    overdue_since = open_events["overdue_since"]
    overdue_seconds = (clock.now() - overdue_since).total_seconds() if overdue_since else 0.0
    yield GaugeMetricFamily(
        "events_overdue_seconds",
        "How long the event that is most overdue should have moved; waits do not count.",
        max(0.0, overdue_seconds),
    )
    yield from _describe_workers(stats["workers"]["seen"])
    if stats["queues"] is not None:
        yield _describe_queues(stats["queues"])


def _describe_workers(workers: list[dict[str, Any]]) -> Iterable[Metric]:
    alive = [each for each in workers if each["is_alive"]]
    seen = GaugeMetricFamily(
        "events_workers", "Worker processes by whether their heartbeats come.", labels=["state"]
    )
    seen.add_metric(["alive"], len(alive))
    seen.add_metric(["silent"], len(workers) - len(alive))
    yield seen
    yield GaugeMetricFamily(
        "events_workers_active",
        "Events at work in workers that live.",
        sum(each["active"] for each in alive),
    )


def _describe_queues(queues: dict[str, Any]) -> Metric:
    messages = GaugeMetricFamily(
        "events_queue_messages",
        "Messages of a queue, as SQS estimates them.",
        labels=["queue", "state"],
    )
    for queue in _QUEUES:
        for state, count in queues[queue].items():
            messages.add_metric([queue, state], count)
    return messages
