"""A limit that several processes share through the real wire."""

import json
import os
import sys
from pathlib import Path

import pytest

from events.store.models import PlatformItem
from tests.processes import ROOT, Emulator, Process

pytestmark = pytest.mark.integration

PROCESSES = 4
PER_SECOND = 60
BURST = 80
SECONDS = 3
# What each process may hold without using it.
IN_HAND = BURST // 8


@pytest.mark.usefixtures("emulated_dynamodb")
def test_it_grants_all_processes_together_what_the_limit_gives(
    aws: Emulator, tmp_path: Path
) -> None:
    processes = [_start(aws, tmp_path, name=f"greedy-{i}") for i in range(PROCESSES)]
    codes = [process.wait() for process in processes]
    assert codes == [0] * PROCESSES, [process.log for process in processes]
    told = [json.loads(process.log.splitlines()[-1]) for process in processes]
    seconds = max(each["ended"] for each in told) - min(each["started"] for each in told)
    granted = sum(each["granted"] for each in told)

    # Most of it, and not all: what is in hand when it ends was not used.
    assert granted + PROCESSES * IN_HAND >= 0.8 * (BURST + PER_SECOND * SECONDS)
    assert granted <= BURST + PER_SECOND * seconds


def _start(aws: Emulator, folder: Path, *, name: str) -> Process:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT": "local",
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": os.environ["AWS_ACCESS_KEY_ID"],
        "PLATFORM_TABLE": PlatformItem.Meta.table_name,
    }
    command = [sys.executable, "-m", "tests.events.greedy", "evp_test"]
    arguments = [str(PER_SECOND), str(BURST), str(SECONDS)]
    return Process(name, [*command, *arguments], environment=environment, folder=folder)
