"""What hosts install is what this repository names."""

import re

from tests.processes import ROOT

_PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", re.MULTILINE)


def test_it_locks_each_version_that_is_asked_for() -> None:
    asked = _pins("requirements.txt")
    locked = _pins("requirements.lock")

    assert asked.items() <= locked.items(), "make lock"


def test_it_locks_by_sum() -> None:
    text = (ROOT / "requirements.lock").read_text()

    # Of each package there is at least one file that may be installed.
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\w)", text.strip()))


def _pins(name: str) -> dict[str, str]:
    found = _PIN.findall((ROOT / name).read_text())
    return {re.sub(r"[-_.]+", "-", each).lower(): version for each, version in found}
