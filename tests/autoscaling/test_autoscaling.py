"""The tuning in terraform/ holds, and what would break it is found."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.autoscaling import drawing, loads
from tests.autoscaling.claims import CLAIMS, PICTURES, Claim, course_of
from tests.autoscaling.policy import TERRAFORM, Policy, read_policy
from tests.autoscaling.simulation import Course, Simulation, World
from tests.processes import ROOT

Change = Callable[[Policy], Policy]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return read_policy()


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.what)
def test_it_holds(policy: Policy, claim: Claim) -> None:
    assert claim.fault(policy) is None


def test_it_goes_from_two_workers_to_twenty(policy: Policy) -> None:
    course = Simulation(policy, loads.burst).run(4)

    assert (min(course.workers), max(course.workers)) == (2, 20)
    assert (policy.least, policy.most) == (2, 20)
    assert course.workers[-1] == 2


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        # The backlog alone lets go of all whenever it is gone.
        (lambda policy: replace(policy, pace=None), "a steady load does not flap"),
        # Workers without any room to spare.
        (lambda policy: replace(policy, pace=2 * policy.events_per_second), "a day leaves no"),
        (lambda policy: replace(policy, most=3), "a burst drains"),
        # Hosts do a tenth of what worker_events_per_second says.
        (
            lambda policy: replace(policy, pace=10 * policy.pace, backlog=10 * policy.backlog),
            "a flash crowd drains",
        ),
        # Nothing is said of events that are slower than they were measured.
        (lambda policy: replace(policy, wait_threshold=600), "what slow hosts leave"),
        (lambda policy: replace(policy, wait_periods=15), "what slow hosts leave"),
        # Hosts are given up before they have started.
        (lambda policy: replace(policy, configure=200), "a flash crowd drains"),
        # Hosts end before their handlers do.
        (lambda policy: replace(policy, drain=40), "scaling in kills no work"),
        (lambda policy: replace(policy, stop=10), "scaling in kills no work"),
    ],
    ids=[
        "no pace",
        "no room",
        "too few",
        "boastful",
        "patient",
        "slow alarm",
        "no time to boot",
        "no time to drain",
        "hasty stop",
    ],
)
def test_it_finds_a_tuning_that_breaks_it(policy: Policy, change: Change, broken: str) -> None:
    (claim,) = (each for each in CLAIMS if each.what.startswith(broken))

    assert claim.fault(change(policy)) is not None


def test_it_gives_a_host_up_that_is_too_slow_to_boot(policy: Policy) -> None:
    course = Simulation(policy, loads.burst, World(boot_seconds=policy.configure + 1)).run(2)

    assert course.abandoned > 0
    assert max(course.workers) == policy.least


def test_it_reads_what_terraform_says(tmp_path: Path, policy: Policy) -> None:
    folder = tmp_path / "terraform"
    shutil.copytree(TERRAFORM, folder, ignore=shutil.ignore_patterns(".terraform*"))
    production = folder / "environments" / "production.tfvars"
    production.write_text(f"{production.read_text()}\nworker_wait_seconds = 60\nworker_max = 7\n")
    changed = read_policy(folder)

    assert (changed.most, changed.backlog) == (7, 2 * policy.backlog)
    assert changed.wait_threshold == 2 * policy.wait_threshold
    assert changed.steps[1].from_seconds == 2 * policy.steps[1].from_seconds


@pytest.mark.parametrize(
    ("file", "said", "other"),
    [
        ("scaling.tf", "PercentChangeInCapacity", "ChangeInCapacity"),
        ("scaling.tf", "visible / workers", "visible"),
        (
            "scaling.tf",
            "target_value = local.pace",
            "disable_scale_in = true\n target_value = local.pace",
        ),
        ("main.tf", '"ABANDON"', '"CONTINUE"'),
    ],
    ids=["hosts in place of percent", "another metric", "out only", "unconfigured hosts serve"],
)
def test_it_refuses_a_tuning_that_it_does_not_simulate(
    tmp_path: Path, file: str, said: str, *, other: str
) -> None:
    folder = tmp_path / "terraform"
    shutil.copytree(TERRAFORM, folder, ignore=shutil.ignore_patterns(".terraform*"))
    changed = folder / "modules" / "worker" / file
    changed.write_text(changed.read_text().replace(said, other))

    with pytest.raises(ValueError, match="is simulated"):
        read_policy(folder)


def test_the_page_tells_what_a_tuning_without_a_pace_or_truth_would_do(policy: Policy) -> None:
    boastful = replace(policy, pace=2 * (policy.pace or 0), backlog=2 * policy.backlog)
    told = {
        "by the backlog alone": _course_of_a_steady_load(replace(policy, pace=None), hours=12),
        "told twice of what hosts do": _course_of_a_steady_load(boastful, hours=5),
    }
    page = (ROOT / "docs" / "capacity.md").read_text().splitlines()
    for case, course in told.items():
        (line,) = (each for each in page if case in each)
        waited = f"{max(course.backlogs) // 1_000:.0f},000 events waited"

        assert f"started again {len(course.reversals)} times" in line
        assert waited in line, waited


def _course_of_a_steady_load(policy: Policy, *, hours: float) -> Course:
    return Simulation(policy, lambda _: 450.0).run(hours)


@pytest.mark.parametrize("name", PICTURES)
def test_its_pictures_are_of_what_terraform_says(policy: Policy, name: str) -> None:
    drawn = drawing.draw(course_of(policy, name))

    assert drawing.picture_path(name).read_text() == drawn, "python -m tests.autoscaling draws it"
