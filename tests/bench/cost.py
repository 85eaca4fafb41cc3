"""What a million events cost on AWS, from what was counted."""

from typing import Any

# us-east-1 list prices in dollars per million, November 2026; check them before relying on them.
WRITE_UNITS = 0.625
READ_UNITS = 0.125
SQS_REQUESTS = 0.40
_HOURS_PER_MONTH = 730
_MILLION = 1_000_000


def show_cost(result: dict[str, Any]) -> str:
    """Write the arithmetic down, as Markdown; empty unless both parts were measured."""
    if not {"saturation", "idle"} <= result.keys():
        return ""
    return "\n".join(
        [*_show_event(result["saturation"]["as AWS answers"]), "", *_show_idle(result["idle"])]
    )


def _show_event(counted: dict[str, Any]) -> list[str]:
    units, calls = counted["units_per_event"], counted["calls_per_event_in_all"]
    rows = [
        ("write units", sum(units.values()) - units["read"], WRITE_UNITS),
        ("read units", units["read"], READ_UNITS),
        ("requests to the work queue", calls.get("work", 0.0), SQS_REQUESTS),
        ("requests about workers", calls.get("worker events", 0.0), SQS_REQUESTS),
    ]
    total = sum(count * price for _, count, price in rows)
    return [
        "| per event | count | $ per million | $ per million events |",
        "|---|---|---|---|",
        *(f"| {what} | {n:.3g} | {price:g} | {n * price:.3f} |" for what, n, price in rows),
        f"| in all | | | {total:.2f} |",
    ]


def _show_idle(counted: dict[str, Any]) -> list[str]:
    calls, units = counted["calls_per_hour"], counted["units_per_hour"]
    rows = [
        ("requests to SQS", _sqs(calls), SQS_REQUESTS),
        ("write units", sum(units.values()) - units["read"], WRITE_UNITS),
        ("read units", units["read"], READ_UNITS),
    ]
    dollars = [count * _HOURS_PER_MONTH / _MILLION * price for _, count, price in rows]
    return [
        "| one idle API and worker | per hour | $ per million | $ per month |",
        "|---|---|---|---|",
        *(
            f"| {what} | {count:.0f} | {price:g} | {cost:.2f} |"
            for (what, count, price), cost in zip(rows, dollars, strict=True)
        ),
        f"| in all | | | {sum(dollars):.2f} |",
    ]


def _sqs(calls: dict[str, float]) -> float:
    return sum(count for name, count in calls.items() if not name.startswith("dynamodb"))
