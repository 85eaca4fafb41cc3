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
# One for each try: a busy machine may keep the store from answering in time.
KEYS = ("evp_one", "evp_two", "evp_three")
# What each process may hold without using it.
IN_HAND = BURST // 8


@pytest.mark.usefixtures("emulated_dynamodb")
def test_it_grants_all_processes_together_what_the_limit_gives(
    aws: Emulator, tmp_path: Path
) -> None:
    logs = next(filter(_had_the_store, (_take_all(aws, tmp_path, key) for key in KEYS)))
    told = [json.loads(log.splitlines()[-1]) for log in logs]
    seconds = max(each["ended"] for each in told) - min(each["started"] for each in told)
    granted = sum(each["granted"] for each in told)

    # Most of it, and not all: what is in hand when it ends was not used.
    assert granted + PROCESSES * IN_HAND >= 0.8 * (BURST + PER_SECOND * SECONDS)
    assert granted <= BURST + PER_SECOND * seconds


def _take_all(aws: Emulator, folder: Path, key_id: str) -> list[str]:
    """Let all processes take what they get of one key, and return their logs."""
    names = [f"{key_id}-{i}" for i in range(PROCESSES)]
    processes = [_start(aws, folder, key_id, name=each) for each in names]
    codes = [process.wait() for process in processes]
    logs = [process.log for process in processes]
    assert codes == [0] * PROCESSES, logs
    return logs


def _had_the_store(logs: list[str]) -> bool:
    """Say whether it always answered in time: where it does not, each keeps to the limit alone."""
    lines = [line for log in logs for line in log.splitlines() if "rate_limit_alone" in line]
    return not any(f"key_id={key_id}" in line for line in lines for key_id in KEYS)


def _start(aws: Emulator, folder: Path, key_id: str, *, name: str) -> Process:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")]),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT": "local",
        "AWS_ENDPOINT_URL": aws.endpoint,
        "AWS_ACCESS_KEY_ID": os.environ["AWS_ACCESS_KEY_ID"],
        "PLATFORM_TABLE": PlatformItem.Meta.table_name,
    }
    command = [sys.executable, "-m", "tests.events.greedy", key_id]
    arguments = [str(PER_SECOND), str(BURST), str(SECONDS)]
    return Process(name, [*command, *arguments], environment=environment, folder=folder)
