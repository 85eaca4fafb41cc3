import itertools

import pytest

from locustfiles.load.stages import SHAPES, Stage, seconds_to_spawn, stage_at


@pytest.mark.parametrize("name", SHAPES)
def test_it_fills_the_whole_time_and_reaches_all_users(name: str) -> None:
    stages = SHAPES[name]

    assert stages[-1].until == 1
    assert max(stage.users for stage in stages) == 1
    assert all(one.until < next_one.until for one, next_one in itertools.pairwise(stages))


def test_it_finds_the_stage_of_a_moment() -> None:
    stages = (Stage(0.5, 0.2), Stage(1.0, 1.0))

    assert [stage_at(stages, part) for part in (0, 0.49, 0.5, 0.99, 1)] == [
        stages[0],
        stages[0],
        stages[1],
        stages[1],
        None,
    ]


def test_it_knows_how_long_users_take_to_come() -> None:
    # 80 of 100 within a fifth of the time.
    assert seconds_to_spawn(SHAPES["spike"], users=100, spawn=10) == pytest.approx(40)
    assert seconds_to_spawn(SHAPES["steady"], users=100, spawn=10) == 10
