"""The claim behind each 202, held to: every accepted event is looked up until it is terminal."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from locustfiles.load.accepted import Accepted
from locustfiles.load.api import CONNECTIONS, HostError
from locustfiles.load.payloads import DYING

TERMINAL = ("succeeded", "dead")
PAGE = 200
# As few as these are asked for one by one.
_FEW = 100
# A page that takes longer than its events one by one is no help: so it is with the emulator.
_SLOW_PAGE_SECONDS = 1.0
_PAUSE_SECONDS = 0.5
# Each is a list of ids in a verdict.
FAULTS = ("lost", "twice", "late", "died")

Row = Mapping[str, Any]


class View(Protocol):
    """What is asked of the platform."""

    def find(self, event_id: str) -> dict[str, Any] | None: ...

    def list(self, query: Mapping[str, str]) -> tuple[list[dict[str, Any]], str | None]: ...


@dataclass(kw_only=True)
class Verdict:
    """What became of the accepted events; ids under each fault."""

    accepted: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    # Not there any more, or not terminal when patience ran out.
    lost: list[str] = field(default_factory=list)
    # Ran again after a success, or stored twice under one idempotency key.
    twice: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    # Dead, though nothing was to make them fail.
    died: list[str] = field(default_factory=list)
    # Attempts after the first, each for its own reason.
    again: int = 0
    seconds_to_success: list[float] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not any(getattr(self, fault) for fault in FAULTS)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long nothing may become terminal, when a success is late, and how long is waited after.

    What is delivered or dispatched again comes some half a minute later.
    """

    seconds: float = 60.0
    late_seconds: float = 60.0
    settle_seconds: float = 35.0


class Verification:
    """Looks up what was accepted with one key, by pages where that is quicker, else by id.

    ``wait`` comes first, then what settles, then ``judge``.
    """

    def __init__(
        self,
        view: View,
        accepted: Iterable[Accepted],
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._view = view
        self._sleep = sleep
        self._clock = clock
        self._wanted: dict[str, Accepted] = {}
        for each in accepted:
            kept = self._wanted.setdefault(each.event_id, each)
            if each.generation > kept.generation:
                self._wanted[each.event_id] = each._replace(received_at=kept.received_at)
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        for each in self._wanted.values():
            self._keys[each.idempotency_key].add(each.event_id)
        self._is_listing = True
        self._ended: set[str] = set()

    def judge(self, patience: Patience) -> Verdict:
        """Look once more at what had ended: whether it ran again after that, nothing else tells."""
        verdict = Verdict(accepted=len(self._wanted))
        rows = {row["event_id"]: row for row in self._look_up(self._ended)}
        verdict.lost = sorted(self._wanted.keys() - rows.keys())
        for row in rows.values():
            self._judge(row, verdict, patience)
        ids_by_key = (ids for key, ids in self._keys.items() if key and len(ids) > 1)
        verdict.twice += [each for ids in ids_by_key for each in sorted(ids)]
        self._find_repeats(rows, verdict)
        return verdict

    def wait(self, patience: Patience) -> None:
        """Return once all are terminal, or none more has become so for a while."""
        ended = self._ended
        fewest, ends_at = float(len(self._wanted)), self._clock() + patience.seconds
        while left := tuple(self._wanted.keys() - ended):
            # While few of a sample have ended, the others are left in peace.
            sample = random.sample(left, min(_FEW, len(left)))
            known, found = len(ended), self._only_ended(self._find_all(sample))
            ended |= found
            still_open = len(left) * (1 - len(found) / len(sample))
            is_over = self._clock() > ends_at
            if is_over or len(found) > len(sample) / 2:
                ended |= self._only_ended(self._look_up(self._wanted.keys() - ended))
                still_open = len(self._wanted) - len(ended)
                if is_over and len(ended) == known:
                    break
            if is_over or still_open < fewest:
                fewest, ends_at = still_open, self._clock() + patience.seconds
            if still_open:
                self._sleep(_PAUSE_SECONDS)

    def _only_ended(self, rows: Iterable[Row]) -> set[str]:
        return {row["event_id"] for row in rows if self._has_ended(row)}

    def _has_ended(self, row: Row) -> bool:
        is_current = row["generation"] >= self._wanted[row["event_id"]].generation
        return is_current and row["status"] in TERMINAL

    def _look_up(self, event_ids: set[str]) -> Iterator[Row]:
        left = set(event_ids)
        if self._is_listing and len(left) > _FEW:
            for row in self._list():
                if row["event_id"] in left:
                    left.discard(row["event_id"])
                    yield row
        # What a page did not show, it may not have come to.
        yield from self._find_all(left)

    def _find_all(self, event_ids: Iterable[str]) -> list[Row]:
        with ThreadPoolExecutor(CONNECTIONS) as executor:
            return [row for row in executor.map(self._find, event_ids) if row is not None]

    def _find(self, event_id: str) -> Row | None:
        """Return none as well where the host gave no answer: patience decides what that means."""
        try:
            return self._view.find(event_id)
        except HostError:
            return None

    def _list(self) -> Iterator[Row]:
        """Yield the rows of the time of the run, as long as pages come quickly."""
        times = [_time(each.received_at) for each in self._wanted.values() if each.received_at]
        query = {
            "limit": str(PAGE),
            "received_after": _text(min(times)),
            "received_before": _text(max(times) + timedelta(microseconds=1)),
        }
        cursor: str | None = ""
        while cursor is not None and self._is_listing:
            began = self._clock()
            try:
                rows, cursor = self._view.list(query | ({"cursor": cursor} if cursor else {}))
            except HostError:
                self._is_listing = False
                return
            yield from rows
            self._is_listing = self._clock() - began < _SLOW_PAGE_SECONDS

    def _judge(self, row: Row, verdict: Verdict, patience: Patience) -> None:
        verdict.by_status[row["status"]] += 1
        verdict.again += max(0, row["attempt_count"] - row["generation"])
        if row["status"] == "dead" and row["event_type"] != DYING:
            verdict.died.append(row["event_id"])
        if row["status"] == "succeeded" and row["generation"] == 1:
            seconds = (_time(row["updated_at"]) - _time(row["received_at"])).total_seconds()
            verdict.seconds_to_success.append(seconds)
            if seconds > patience.late_seconds:
                verdict.late.append(row["event_id"])

    def _find_repeats(self, rows: Mapping[str, Row], verdict: Verdict) -> None:
        """Look at the attempts of whatever had more of them than generations."""
        several = {
            event_id for event_id, row in rows.items() if row["attempt_count"] > row["generation"]
        }
        shown = {event["event_id"]: event for event in self._find_all(several)}
        verdict.lost += sorted(several - shown.keys())
        verdict.twice += [
            event_id for event_id, event in shown.items() if is_repeated(event["attempts"])
        ]


def is_repeated(attempts: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether there is an attempt after the success of its generation."""
    succeeded: set[int] = set()
    for attempt in sorted(attempts, key=lambda each: (each["generation"], each["number"])):
        if attempt["generation"] in succeeded:
            return True
        if attempt["outcome"] == "succeeded":
            succeeded.add(attempt["generation"])
    return False


def join(verdicts: Iterable[Verdict]) -> Verdict:
    """Make one of several tenants' verdicts."""
    whole = Verdict()
    for each in verdicts:
        whole.accepted += each.accepted
        whole.by_status += each.by_status
        for fault in FAULTS:
            getattr(whole, fault).extend(getattr(each, fault))
        whole.again += each.again
        whole.seconds_to_success += each.seconds_to_success
    return whole


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
