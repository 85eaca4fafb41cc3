"""What there is to measure; each part has an emulated AWS of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.bench import services, workers
from tests.bench.growth import count_growth
from tests.bench.memory import measure_backlog
from tests.bench.platform_stack import PlatformStack
from tests.bench.rig import Rig
from tests.bench.rounds import Case, compare
from tests.bench.scale import Scale
from tests.bench.use import count_alone, count_at_saturation, count_while_idle

Part = Callable[[Rig, Scale], Any]
# The sides of all comparisons.
CASES = {
    *("platform", "platform, batches of 100", "FastAPI", "plain DRF"),
    *("platform's transport", "Celery", "dramatiq", "taskiq"),
}


def measure_ingest(rig: Rig, scale: Scale) -> Any:
    """Post the same events, one by one and in batches, to three services."""
    with PlatformStack(rig.endpoint, rig.folder / "stack", workers=0) as stack:
        cases = {
            "platform": lambda: services.open_platform(stack, rig),
            "platform, batches of 100": lambda: services.open_platform(stack, rig, batch=100),
            "FastAPI": lambda: services.start_fastapi(rig),
            "plain DRF": lambda: services.start_plain(rig),
        }
        counts = dict.fromkeys(cases, scale.posts)
        counts["platform, batches of 100"] = scale.batched_events
        started = _started(cases, scale)
        return compare(started, counts, rounds=scale.rounds, reference="FastAPI")


def measure_transport(rig: Rig, scale: Scale) -> Any:
    """Let workers empty a queue of tasks that do nothing."""
    cases = {
        "platform's transport": lambda: workers.start_celery(rig, broker="sqs-durable"),
        "Celery": lambda: workers.start_celery(rig, broker="sqs"),
        "dramatiq": lambda: workers.start_dramatiq(rig),
        "taskiq": lambda: workers.start_taskiq(rig),
    }
    return _compare_workers(cases, scale)


def measure_work(rig: Rig, scale: Scale) -> Any:
    """Let workers empty a queue of tasks that claim and finish a row in DynamoDB each."""
    with PlatformStack(rig.endpoint, rig.folder / "stack") as stack:
        cases = {
            "platform": lambda: workers.open_platform(rig, stack),
            "Celery": lambda: workers.start_celery(rig, broker="sqs", task="claimed"),
            "dramatiq": lambda: workers.start_dramatiq(rig, task="claimed"),
            "taskiq": lambda: workers.start_taskiq(rig, task="claimed"),
        }
        return _compare_workers(cases, scale)


def _compare_workers(cases: Mapping[str, Callable[[], Case]], scale: Scale) -> Any:
    counts = dict.fromkeys(cases, scale.tasks)
    return compare(_started(cases, scale), counts, rounds=scale.rounds, reference="Celery")


def _started(cases: Mapping[str, Callable[[], Case]], scale: Scale) -> dict[str, Case]:
    wanted = {name: start for name, start in cases.items() if name in (scale.cases or cases)}
    if not wanted:
        raise SystemExit(f"None of the cases asked for is here; there are: {', '.join(cases)}")
    return {name: start() for name, start in wanted.items()}


PARTS: dict[str, Part] = {
    "ingest": measure_ingest,
    "transport": measure_transport,
    "work": measure_work,
    "alone": count_alone,
    "saturation": count_at_saturation,
    "idle": count_while_idle,
    "growth": count_growth,
    "backlog": measure_backlog,
}
