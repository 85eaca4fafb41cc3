"""The short form of some drills, all on one stack; CI has no time for every one of them.

``python -m tests.drills --short`` plays all of them so.
"""

from collections.abc import Iterator

import pytest

from tests.drills.drill import Drill
from tests.drills.replaying import run_replay_drill
from tests.drills.rig import Rig
from tests.drills.running import run_drill
from tests.drills.scales import SHORT
from tests.drills.table import DRILLS
from tests.processes import Emulator

# A drill waits for several things one after another, each for as long as its patience lasts.
pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]
# One of each kind: a process dies or leaves, a store is away or unclear, a message comes again or
# late, a network is cut, a clock is wrong.
PLAYED = {
    "worker killed in the middle of its handlers",
    "prefork child killed",
    "worker stopped with 200 messages in hand",
    "API killed between store and dispatch",
    "DynamoDB acts and its answer is lost",
    "DynamoDB away",
    "every message twice",
    "receipts expired while in hand",
    "SQS away",
    "one worker cut from everything",
    "clocks of workers two minutes ahead and behind",
}


@pytest.fixture(scope="module")
def rig(aws: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(aws.endpoint, tmp_path_factory.mktemp("drills"), SHORT.settings)
    yield rig
    rig.close()


def test_it_knows_the_drills_it_plays() -> None:
    assert {drill.name for drill in DRILLS} >= PLAYED


@pytest.mark.parametrize(
    "drill", [each for each in DRILLS if each.name in PLAYED], ids=lambda drill: drill.name
)
def test_it_loses_nothing_and_repeats_nothing(drill: Drill, rig: Rig) -> None:
    result = run_drill(drill, rig, SHORT)

    if result.faults:
        print(rig.logs)  # noqa: T201  # shown with the failure
    assert result.verdict == "passed"


def test_it_replays_each_event_of_a_plan_once(rig: Rig) -> None:
    result = run_replay_drill(rig, SHORT)

    if result.faults:
        print(rig.logs)  # noqa: T201  # shown with the failure
    assert result.verdict == "passed"
