import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from itertools import repeat
from math import inf
from pathlib import Path
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from events import clock
from events.counters.process import Counting
from events.counters.rows import CounterFile, Row
from events.counts import DAY_SECONDS, CountedPeriod
from events.errors import EventError
from events.store import connection
from events.store import counters as stored
from tests.events.counters.stored import stored_types
from tests.fake_dynamodb import FakeDynamoDB, Fault
from tests.fakes import FrozenClock

Put = Callable[[CountedPeriod], None]

PROCESSES = 3
SLOTS = st.integers(0, PROCESSES - 1)
TYPES = st.sampled_from(["order.created", "order.paid"])
FAULTS = st.lists(st.sampled_from([None, Fault.AWAY, Fault.LOSE_ANSWER, Fault.THROTTLE]))


class Killed(BaseException):
    """Ends a process at any point: nothing may catch it."""


class CountingMachine(RuleBasedStateMachine):
    """Processes of a host count, store, die and start again in any order, and the sums hold."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._counted: Counter[str] = Counter()
        self._written: list[CountedPeriod] = []
        self._processes: dict[int, Counting] = {}

    @initialize()
    def begin(self) -> None:
        self._folder = Path(tempfile.mkdtemp())
        self._stack.callback(shutil.rmtree, self._folder)
        self._dynamodb, self._clock = FakeDynamoDB(), FrozenClock()
        self._dynamodb.page_size = 3
        for target, name, stand_in in (
            (connection, "_client", self._dynamodb),
            (connection, "_waits", lambda: repeat(inf)),
            (clock, "now", self._clock.now),
            (clock, "now_microseconds", self._clock.now_microseconds),
            (stored, "put", self._keep_writing(stored.put)),
        ):
            self._stack.enter_context(patch.object(target, name, stand_in))

    @rule(slot=SLOTS, event_type=TYPES, times=st.integers(1, 3))
    def count(self, slot: int, event_type: str, times: int) -> None:
        book = self._process(slot).book
        for _ in range(times):
            book.count({"accepted": 1}, tenant="acme", event_type=event_type, bucket=7)
        self._counted[event_type] += times

    @rule(slot=SLOTS, faults=FAULTS)
    def flush(self, slot: int, faults: list[Fault | None]) -> None:
        self._dynamodb.fail_next(*faults)
        with suppress(EventError):
            self._process(slot).flush()
        self._end_faults()

    @rule(slot=SLOTS, faults=FAULTS)
    def salvage(self, slot: int, faults: list[Fault | None]) -> None:
        self._dynamodb.fail_next(*faults)
        with suppress(EventError):
            self._process(slot).salvage()
        self._end_faults()

    @rule(slot=SLOTS)
    def kill(self, slot: int) -> None:
        if slot in self._processes:
            self._processes.pop(slot).close()

    @rule(slot=SLOTS, writes=st.integers(0, 3))
    def kill_between_writes(self, slot: int, writes: int) -> None:
        deaths = iter([*repeat(None, writes), Killed])

        def put(period: CountedPeriod) -> None:
            if next(deaths, None) is Killed:
                raise Killed
            self._write(period)

        with patch.object(stored, "put", put), suppress(Killed):
            self._process(slot).flush()
        self.kill(slot)

    @rule(slot=SLOTS, rows=st.integers(0, 2))
    def kill_while_it_tidies(self, slot: int, rows: int) -> None:
        left = iter(range(rows))
        free_row = CounterFile.free_row

        def free(file: CounterFile, row: Row) -> None:
            if next(left, None) is None:
                raise Killed
            free_row(file, row)

        with patch.object(CounterFile, "free_row", free), suppress(Killed):
            self._process(slot).flush()
        self.kill(slot)

    @rule(seconds=st.sampled_from([1, 30, 61, -61, 3_600, DAY_SECONDS]))
    def let_time_pass(self, seconds: int) -> None:
        self._clock.advance(seconds=seconds)

    @rule(place=st.integers(0, 1_000))
    def deliver_an_old_write_late(self, place: int) -> None:
        if self._written:
            self._write(self._written[place % len(self._written)])

    def teardown(self) -> None:
        with self._stack:
            for slot in list(self._processes):
                self.kill(slot)
            last = Counting(self._folder)
            last.flush()
            last.salvage()
            last.close()

            assert _accepted(60) == _accepted(DAY_SECONDS) == self._counted

    def _process(self, slot: int) -> Counting:
        if slot not in self._processes:
            self._processes[slot] = Counting(self._folder)
        return self._processes[slot]

    def _keep_writing(self, put: Put) -> Put:
        self._write = put

        def write(period: CountedPeriod) -> None:
            self._written.append(period)
            put(period)

        return write

    def _end_faults(self) -> None:
        self._dynamodb._faults.clear()  # noqa: SLF001


def _accepted(span_seconds: int) -> dict[str, int]:
    types = stored_types(span_seconds)
    assert all(counts.latency == {7: counts.accepted} for counts in types.values())
    return {name: counts.accepted for name, counts in types.items()}


CountingMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_it_counts_exactly = CountingMachine.TestCase
