import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.models.machine import Platform

# HYPOTHESIS_PROFILE=long goes hunting, and makes what it finds small.
_IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
_QUICK = settings(
    max_examples=300,
    stateful_step_count=50,
    # The same examples each time: no commit is refused for bad luck.
    derandomize=True,
    database=None,
    print_blob=True,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
_LONG = settings(
    _QUICK,
    max_examples=3_000,
    stateful_step_count=80,
    derandomize=False,
    phases=[Phase.generate, Phase.shrink],
)


@pytest.mark.timeout(7_200 if _IS_LONG else 600)
def test_it_keeps_its_promises_whatever_happens() -> None:
    run_state_machine_as_test(Platform, settings=_LONG if _IS_LONG else _QUICK)
