from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bench.growth import count_growth
from tests.bench.parts import measure_ingest
from tests.bench.rig import Rig
from tests.bench.scale import QUICK
from tests.bench.use import count_alone, count_at_saturation, count_while_idle

pytestmark = pytest.mark.integration

TINY = QUICK._replace(posts=50, batched_events=200, counted_events=200, idle_seconds=3)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path) as rig:
        yield rig


@pytest.fixture(scope="module")
def saturation(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Rig(tmp_path_factory.mktemp("saturation")) as rig:
        return count_at_saturation(rig, TINY)


def test_it_takes_seven_write_units_and_no_read_for_an_event(saturation: Any) -> None:
    units = [each["units_per_event"] for each in saturation.values()]

    # An answer that a busy machine keeps back is asked for again; nothing ever lessens it.
    assert min(each["write, events table"] for each in units) == 7
    # Recovery may look around meanwhile.
    assert min(each["read"] for each in units) < 0.1


def test_it_shares_requests_between_events(saturation: Any) -> None:
    calls = saturation["as AWS answers"]["calls_per_event_in_all"]

    # Alone it would be 3 or 4, and 3; at length it is 0.7 and 0.4.
    assert calls["dynamodb"] < 1.5
    assert calls["work"] < 0.75


def test_it_asks_for_an_event_alone_what_cannot_be_shared(rig: Rig) -> None:
    counted = count_alone(rig, TINY)

    calls = counted["calls_per_event_in_all"]
    # Put, claim and finish, and now and then the key's tokens; send, receive and delete.
    assert calls["dynamodb"] in {3, 4}
    assert calls["work"] == 3
    assert counted["units_per_event"]["write, events table"] == 7


def test_it_writes_nothing_about_events_while_idle(rig: Rig) -> None:
    units = count_while_idle(rig, TINY)["units_per_hour"]

    assert units["write, events table"] == 0


def test_it_makes_as_many_calls_to_a_larger_table(rig: Rig) -> None:
    small, large = count_growth(rig, TINY._replace(table_sizes=(300, 1_200))).values()

    calls = {name: each["calls"] for name, each in small.items()}
    # Where a request was not answered, there is a text.
    assert all(isinstance(each, int) for each in calls.values()), calls
    assert calls == {name: each["calls"] for name, each in large.items()}


def test_it_measures_what_it_is_asked_for(rig: Rig) -> None:
    names = frozenset({"platform", "platform, batches of 100"})
    # CPU time is told in hundredths of a second: each case must take some of them.
    scale = TINY._replace(cases=names, posts=200, batched_events=QUICK.batched_events)
    measured = measure_ingest(rig, scale)

    assert measured.keys() == names
    assert all(figures["cpu_ms"] > 0 for figures in measured.values())
