"""What is counted of events of one tenant and type, and how long they took to succeed."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MINUTE_SECONDS = 60
DAY_SECONDS = 86_400
# Types beyond these are counted together, under a name that no type can have.
TYPES_PER_TENANT = 200
OTHER_TYPES = "*"

# Each number, by the short name that it is stored under: the bill counts names, too.
STORED_NAMES = {
    "accepted": "a",
    "repeated": "r",
    "succeeded": "s",
    "failed_attempts": "f",
    "dead": "d",
    # What a replay takes away from the succeeded, or from the dead.
    "replayed_succeeded": "rs",
    "replayed_dead": "rd",
    # Dispatched once more by recovery.
    "recovered": "c",
    "processing_microseconds": "t",
    "longest_microseconds": "m",
}
NUMBERS = tuple(STORED_NAMES)
# The only one that is not a sum.
LONGEST = "longest_microseconds"
_LATENCY = "l"

# From a millisecond to six days; the middle of a bucket is within 10 % of all that is in it.
BUCKETS = 112
_RATIO = 1.2
_BUCKETS_PER_E = 1 / math.log(_RATIO)
_MILLISECONDS = 1_000.0


def bucket_of(seconds: float) -> int:
    """Return the bucket of a duration: 0 below a millisecond, the last one for all that is long."""
    milliseconds = seconds * _MILLISECONDS
    if milliseconds < 1:
        return 0
    return min(BUCKETS - 1, 1 + int(math.log(milliseconds) * _BUCKETS_PER_E))


def seconds_of(bucket: int) -> float:
    """Return the middle of a bucket."""
    return float(_RATIO ** (bucket - 0.5) / _MILLISECONDS)


@dataclass(slots=True)
class Counts:
    """Numbers of events, attempts and microseconds; ``latency`` counts successes by bucket."""

    accepted: int = 0
    repeated: int = 0
    succeeded: int = 0
    failed_attempts: int = 0
    dead: int = 0
    replayed_succeeded: int = 0
    replayed_dead: int = 0
    recovered: int = 0
    processing_microseconds: int = 0
    longest_microseconds: int = 0
    latency: Counter[int] = field(default_factory=Counter)

    @classmethod
    def sum_of(cls, parts: Iterable["Counts"]) -> "Counts":
        total = cls()
        for part in parts:
            total.add(part)
        return total

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Counts":
        """Decode what ``to_raw`` wrote; a number that did not exist then is 0."""
        numbers = {name: int(raw.get(short, 0)) for name, short in STORED_NAMES.items()}
        latency = {int(bucket): int(count) for bucket, count in raw.get(_LATENCY, {}).items()}
        return cls(**numbers, latency=Counter(latency))

    @property
    def replayed(self) -> int:
        return self.replayed_succeeded + self.replayed_dead

    @property
    def open(self) -> int:
        """How many are neither succeeded nor dead by now, if all of their lives were counted."""
        return max(0, self.accepted + self.replayed - self.succeeded - self.dead)

    @property
    def size(self) -> int:
        """A number that grows with every count, so that of two states the larger is the later."""
        numbers = sum(getattr(self, name) for name in NUMBERS)
        return int(numbers) + self.latency.total()

    def add(self, other: "Counts") -> None:
        longest = max(self.longest_microseconds, other.longest_microseconds)
        for name in NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest_microseconds = longest
        self.latency.update(other.latency)

    def to_raw(self) -> dict[str, Any]:
        """Return what is not 0, under short names."""
        raw: dict[str, Any] = {
            short: number for name, short in STORED_NAMES.items() if (number := getattr(self, name))
        }
        if self.latency:
            raw[_LATENCY] = {str(bucket): count for bucket, count in self.latency.items()}
        return raw

    def quantile_seconds(self, share: float) -> float | None:
        """Return the latency that this share of the successes stayed within, within 10 %."""
        wanted = share * self.latency.total()
        reached = 0
        for bucket, count in sorted(self.latency.items()):
            reached += count
            if reached >= wanted:
                return seconds_of(bucket)
        return None


@dataclass(frozen=True, slots=True)
class CountedPeriod:
    """What one process counted of a tenant in one period, by event type.

    ``number`` tells the parts of a period apart: one process's from another's.
    """

    tenant: str
    span_seconds: int
    starts_at: int
    number: int
    types: Mapping[str, Counts]

    @property
    def size(self) -> int:
        return sum(counts.size for counts in self.types.values())
