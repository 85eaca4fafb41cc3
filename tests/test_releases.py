"""What releases go through on the way to a host, and on it."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from tests.processes import ROOT

_PRUNE = ROOT / "ansible/roles/app/files/prune.sh"
# It makes its folder first, and then has nothing to put there.
_PIP = """#!/bin/sh
for word; do [ "$last" != --dest ] || mkdir -p "$word"; last=$word; done
exit 1
"""
# It has what it is asked for, and is Python for all else.
_WITHOUT_PIP = f"""#!/bin/sh
[ "$2" = pip ] || exec {sys.executable} "$@"
for word; do [ "$last" != --dest ] || mkdir -p "$word"; last=$word; done
"""


def make_release(root: Path, name: str, *, age: int, packages: str = "") -> Path:
    release = root / "releases" / name
    release.mkdir(parents=True)
    if packages:
        (root / "environments" / packages).mkdir(parents=True, exist_ok=True)
        (release / ".venv").symlink_to(root / "environments" / packages)
    os.utime(release, (1_000_000 - age, 1_000_000 - age))
    return release


def test_it_keeps_the_last_five_and_what_is_current(tmp_path: Path) -> None:
    for age in range(8):
        make_release(tmp_path, f"v{age}", age=age, packages=f"p{age // 2}")
    (tmp_path / "current").symlink_to(tmp_path / "releases/v7")

    subprocess.run([_PRUNE, tmp_path, "5"], check=True)

    left = {each.name for each in (tmp_path / "releases").iterdir()}
    assert left == {"v0", "v1", "v2", "v3", "v4", "v7"}
    assert {each.name for each in (tmp_path / "environments").iterdir()} == {"p0", "p1", "p2", "p3"}


def test_it_works_beside_a_release_that_was_not_installed(tmp_path: Path) -> None:
    make_release(tmp_path, "v0", age=1, packages="p0")
    make_release(tmp_path, "cut-off", age=0)

    subprocess.run([_PRUNE, tmp_path, "5"], check=True)

    assert (tmp_path / "environments/p0").is_dir()


def test_it_has_the_handlers_beside_manage_py(tmp_path: Path) -> None:
    checkout = clone(tmp_path)
    (checkout / "orders.py").touch()
    run = ["git", "-C", checkout, "-c", "user.name=it", "-c", "user.email=it@example.com"]
    subprocess.run([*run, "add", "orders.py"], check=True)
    subprocess.run([*run, "commit", "-q", "-m", "Ship orders"], check=True)

    done = build(checkout, _WITHOUT_PIP)

    assert done.returncode == 0, done.stderr
    with tarfile.open(checkout / done.stdout.strip()) as release:
        assert {"./orders.py", "./manage.py", "./events/apps.py"} <= set(release.getnames())


def test_it_keeps_no_packages_that_were_not_fetched(tmp_path: Path) -> None:
    checkout = clone(tmp_path)

    done = build(checkout, _PIP)

    assert done.returncode != 0
    # The next one would take it for whole.
    assert [each.suffix for each in checkout.glob(".local/wheels/*")] == [".new"]


def clone(folder: Path) -> Path:
    checkout = folder / "checkout"
    subprocess.run(["git", "clone", "-q", ROOT, checkout], check=True)
    return checkout


def build(checkout: Path, python_text: str) -> subprocess.CompletedProcess[str]:
    """Build a release with a Python of the test's own."""
    python = checkout.parent / "python"
    python.write_text(python_text)
    python.chmod(0o755)
    return subprocess.run(
        [checkout / "ansible/release.sh", "build"],
        env=os.environ | {"PYTHON": str(python)},
        check=False,
        capture_output=True,
        text=True,
    )
