"""The short form of every drill, all on one stack."""

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


@pytest.fixture(scope="module")
def rig(aws: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(aws.endpoint, tmp_path_factory.mktemp("drills"), SHORT.settings)
    yield rig
    rig.close()


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.name)
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
