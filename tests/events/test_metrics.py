from collections.abc import Iterator

import pytest
from django.conf import settings
from prometheus_client import REGISTRY

from events import metrics


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Iterator[metrics.BoundedTypes]:
    bounded = metrics.BoundedTypes(limit=2)
    monkeypatch.setattr(metrics, "_types", bounded)
    # Other tests count, too.
    _forget_counts()
    yield bounded
    _forget_counts()


def _forget_counts() -> None:
    metrics.ATTEMPTS.clear()
    metrics.PROCESSING_SECONDS.clear()
    metrics._of_type.clear()  # noqa: SLF001


def attempts(event_type: str) -> float | None:
    labels = {"event_type": event_type, "outcome": "failed"}
    return REGISTRY.get_sample_value("events_attempts_total", labels)


def test_it_counts_attempts_by_type_and_outcome(types: metrics.BoundedTypes) -> None:
    assert types.label("order.created") == "order.created"

    metrics.count_attempt("order.created", "failed", 0.25)
    metrics.count_attempt("order.created", "failed", 0.25)

    assert attempts("order.created") == 2
    assert REGISTRY.get_sample_value(
        "events_processing_seconds_sum", {"event_type": "order.created"}
    ) == pytest.approx(0.5)


@pytest.mark.usefixtures("types")
def test_it_makes_no_more_series_however_many_types_come() -> None:
    for number in range(1_000):
        metrics.count_attempt(f"type-{number}", "failed", 0.25)

    assert attempts("*") == 998
    assert len(metrics.ATTEMPTS._metrics) == 3  # noqa: SLF001
    assert len(metrics.PROCESSING_SECONDS._metrics) == 3  # noqa: SLF001


def test_it_tells_the_version() -> None:
    version = {"version": settings.VERSION}

    assert REGISTRY.get_sample_value("events_build_info", version) == 1
