import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

SKIPS = {
    "in_the_test": "import pytest\ndef test_it(): pytest.skip('no browser')",
    "by_a_mark": "import pytest\n@pytest.mark.skipif(True, reason='no browser')\ndef test_it(): 0",
    "of_the_module": "import pytest\npytest.skip('no browser', allow_module_level=True)",
}


def run(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    file = folder / "test_sample.py"
    file.write_text(source)
    options = ["-p", "tests.plugins.ci", "-p", "no:django", "--config-file", os.devnull]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--rootdir={folder}", str(file)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("source", SKIPS.values(), ids=SKIPS)
def test_it_fails_for_a_skip(source: str, tmp_path: Path) -> None:
    finished = run(tmp_path, source)

    assert finished.returncode != 0
    assert "no browser: in CI nothing may be skipped" in finished.stdout


def test_it_accepts_an_expected_failure(tmp_path: Path) -> None:
    finished = run(tmp_path, "import pytest\n@pytest.mark.xfail\ndef test_it(): assert 0")

    assert finished.returncode == 0
