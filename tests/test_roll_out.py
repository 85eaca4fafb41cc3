"""``ansible/release.sh roll_out``, with a stand-in for the AWS CLI: moto replaces no hosts."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import ROOT

# A group's refresh is begun, asked for and, where the release is broken there, failed; "busy" holds
# how often the groups are still being replaced for somebody else.
_AWS = """#!/usr/bin/env bash
echo "$*" >> calls
case "$1 $2" in
  "ssm get-parameter") cat release ;;
  "ssm put-parameter") echo "$6" > release ;;
  "autoscaling start-instance-refresh") echo refresh-1 ;;
  "autoscaling describe-instance-refreshes")
    if [[ $5 != --instance-refresh-ids ]]; then
      left=$(cat busy 2> /dev/null || echo 0)
      if ((left)); then echo $((left - 1)) > busy; echo InProgress; else echo None; fi
    elif [[ -e lost ]]; then rm lost; exit 1
    elif grep -qs "^$(cat release) $4$" broken; then echo Failed
    else echo Successful; fi ;;
  *) exit 1 ;;
esac
"""
RollOut = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def roll_out(tmp_path: Path) -> RollOut:
    tool = tmp_path / "aws"
    # The script works in the repository's folder.
    tool.write_text(_AWS.replace("\n", f"\ncd {tmp_path}\n", 1))
    tool.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"

    def run(release: str, *check: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(ROOT / "ansible" / "release.sh"), "roll_out", release, "shop-staging", *check],
            env=os.environ | {"PATH": path, "POLL_SECONDS": "0", "POLLS": "5"},
            check=False,
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture
def replaced(tmp_path: Path) -> Callable[[], list[str]]:
    """Return the groups whose hosts were replaced, in order."""

    def read() -> list[str]:
        calls = (tmp_path / "calls").read_text().splitlines()
        return [each.split()[3] for each in calls if "start-instance-refresh" in each]

    return read


def test_it_replaces_the_hosts_of_each_kind(
    roll_out: RollOut, replaced: Callable[[], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "release").write_text("v1")

    done = roll_out("v2")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "shop-staging runs v2"
    assert replaced() == ["shop-staging-api", "shop-staging-worker", "shop-staging-monitoring"]
    assert (tmp_path / "release").read_text() == "v2\n"


def test_it_goes_back_if_hosts_do_not_come_up(
    roll_out: RollOut, replaced: Callable[[], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "release").write_text("v1")
    (tmp_path / "broken").write_text("v2 shop-staging-worker\n")

    done = roll_out("v2")

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "release: hosts of shop-staging-worker: Failed"
    assert done.stderr.splitlines()[-1] == "release: v2 failed, shop-staging runs v1 again."
    assert len(replaced()) == 2 + 3
    assert (tmp_path / "release").read_text() == "v1\n"


def test_it_waits_for_a_refresh_that_terraform_began(roll_out: RollOut, tmp_path: Path) -> None:
    (tmp_path / "release").write_text("v1")
    (tmp_path / "busy").write_text("3")

    done = roll_out("v2")

    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    before = calls[: next(n for n, each in enumerate(calls) if "put-parameter" in each)]
    assert len([each for each in before if "describe-instance-refreshes" in each]) == 3 + 3


def test_it_asks_again_for_an_answer_that_is_lost(roll_out: RollOut, tmp_path: Path) -> None:
    (tmp_path / "release").write_text("v1")
    (tmp_path / "lost").touch()

    assert roll_out("v2").returncode == 0


def test_it_gives_up_on_a_group_that_never_ends(
    roll_out: RollOut, replaced: Callable[[], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "release").write_text("v1")
    (tmp_path / "busy").write_text("1000")

    done = roll_out("v2")

    assert done.returncode == 2
    assert "shop-staging-api is being replaced already" in done.stderr
    assert replaced() == []
    assert (tmp_path / "release").read_text() == "v1"


def test_it_brings_back_what_it_can(
    roll_out: RollOut, replaced: Callable[[], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "release").write_text("v1")
    broken = ["v2 shop-staging-worker", "v1 shop-staging-api"]
    (tmp_path / "broken").write_text("\n".join([*broken, ""]))

    done = roll_out("v2")

    assert done.returncode == 2
    assert "hosts not brought back to v1: shop-staging-api;" in done.stderr
    assert len(replaced()) == 2 + 3


def test_it_goes_back_if_the_check_fails(roll_out: RollOut, tmp_path: Path) -> None:
    (tmp_path / "release").write_text("v1")

    done = roll_out("v2", "test", "an event", "=", "processed")

    assert done.returncode == 2
    assert (tmp_path / "release").read_text() == "v1\n"


@pytest.mark.parametrize("former", ["none", "v1"])
def test_it_has_nothing_to_go_back_to(roll_out: RollOut, tmp_path: Path, former: str) -> None:
    (tmp_path / "release").write_text(former)

    done = roll_out("v1", "false")

    assert done.returncode == 2
    assert "there is no release to go back to" in done.stderr
