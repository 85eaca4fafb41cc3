import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import StartStack
from tests.processes import ROOT

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
# `make fuzz` asks for more, and for others each time.
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "5")
SEED = os.environ.get("FUZZ_SEED", "1")
LIMIT_SECONDS = 1_500 if EXAMPLES == "5" else 7_200


@pytest.mark.timeout(LIMIT_SECONDS)
def test_it_finds_nothing_wrong_with_the_api(start_stack: StartStack, tmp_path: Path) -> None:
    stack = start_stack(workers=0, API_KEYS="required")
    stack.manage("migrate")
    scopes = [f"--scope=events:{each}" for each in ("read", "write", "replay")]
    made = stack.manage(
        "api_key", "create", "tester", "--tenant=default", "--scope=staff", *scopes, "--json"
    )
    key = json.loads(made[made.index("{") :])["api_key"]
    command = Path(sys.executable).with_name("schemathesis")
    options = ["--checks=all", f"--max-examples={EXAMPLES}", f"--seed={SEED}"]

    tested = subprocess.run(
        [
            *(str(command), f"--config-file={CONFIGURATION}", "run", f"{stack.url}/schema"),
            *(*options, f"--header=Authorization: Bearer {key}", "--continue-on-failure"),
        ],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "Traceback" not in stack.logs
