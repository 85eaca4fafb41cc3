"""What ships a host's journal; booted hosts ship theirs in tests/hosts."""

import importlib.util
import os
import queue
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.processes import ROOT

_FILE = ROOT / "ansible/roles/common/files/ship_logs.py"
_HOUR = 3_600 * 1_000_000
# An SDK that never gets to a client.
_SLOW_SDK = """
import time

def client(*_, **__):
    print("asked", flush=True)
    time.sleep(600)
"""
_SDK = """
class Client:
    class exceptions:
        ResourceAlreadyExistsException = KeyError

    def create_log_stream(self, **_):
        pass

    def put_log_events(self, logEvents, **_):
        print([each["message"] for each in logEvents], flush=True)
        return {}

def client(*_, **__):
    return Client()
"""
# One line, and then nothing for a long time.
_JOURNALCTL = """#!/bin/sh
echo '{"MESSAGE": "hello", "__CURSOR": "c1", "__REALTIME_TIMESTAMP": "1000"}'
exec sleep 600
"""


@pytest.fixture(scope="module")
def ship_logs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ship_logs", _FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # Nothing more comes.
    vars(module)["_BATCH_SECONDS"] = 0.5
    return module


def entry(message: Any, *, microseconds: int = _HOUR) -> dict[str, Any]:
    name = {"SYSLOG_IDENTIFIER": "sshd"} if message is not None else {}
    place = {"__CURSOR": "c1", "__REALTIME_TIMESTAMP": str(microseconds)}
    return {"MESSAGE": message, **name, **place}


@pytest.mark.parametrize(
    ("message", "shipped"),
    [
        ('{"event": "taken"}', '{"event": "taken"}'),
        ("listening", "sshd: listening"),
        ([104, 105, 255], "sshd: hi\N{REPLACEMENT CHARACTER}"),
        (["one", "two"], "sshd: one two"),
        (None, ": "),
        ("é" * 200_000, "sshd: " + "é" * 99_997),
    ],
)
def test_it_ships_each_kind_of_entry(ship_logs: ModuleType, message: Any, shipped: str) -> None:
    line = ship_logs.read_line(entry(message))

    assert (line.timestamp, line.message, line.cursor) == (3_600_000, shipped, "c1")


@pytest.mark.parametrize(
    ("others", "batched"),
    [
        ([entry("x" * 199_000)] * 6, 6),
        ([entry("short")] * 10_500, 10_000),
        ([entry("a day later", microseconds=25 * _HOUR)], 1),
        ([entry("the clock went back", microseconds=0)], 2),
        ([entry("back", microseconds=0), entry("a day", microseconds=24 * _HOUR)], 2),
    ],
    ids=["bytes", "lines", "a day", "back", "back and a day"],
)
def test_it_makes_batches_that_cloudwatch_takes(
    ship_logs: ModuleType, others: list[dict[str, Any]], batched: int
) -> None:
    lines: queue.Queue[Any] = queue.Queue()
    for each in others:
        lines.put(ship_logs.read_line(each))

    batch, following = ship_logs.gather(lines, ship_logs.read_line(entry("the first")))

    assert len(batch) == batched
    assert sum(each.size for each in batch) <= 1_048_576
    left = lines.qsize() + (following is not None)
    assert len(batch) + left == len(others) + 1


def test_it_ships_what_it_has_when_the_journal_ends(ship_logs: ModuleType) -> None:
    lines: queue.Queue[Any] = queue.Queue()
    lines.put(ship_logs.read_line(entry("the last")))
    lines.put(None)

    batch, following = ship_logs.gather(lines, ship_logs.read_line(entry("the first")))

    assert [each.message for each in batch] == ["sshd: the first", "sshd: the last"]
    assert following is None
    with pytest.raises(SystemExit, match="the journal ended"):
        ship_logs.take(lines)


def test_it_stops_while_it_starts(tmp_path: Path) -> None:
    stop_shipping(tmp_path, _SLOW_SDK, once_it_says=b"asked\n")


def test_it_stops_though_the_journal_goes_on(tmp_path: Path) -> None:
    stop_shipping(tmp_path, _SDK, once_it_says=b"[': hello']\n")

    assert (tmp_path / "cursor").read_text() == "c1"


def stop_shipping(folder: Path, sdk: str, *, once_it_says: bytes) -> None:
    """Start the script under an SDK of the test's own, and have it end when it is told to."""
    (folder / "boto3.py").write_text(sdk)
    journalctl = folder / "journalctl"
    journalctl.write_text(_JOURNALCTL)
    journalctl.chmod(0o755)
    told = {"STATE_DIRECTORY": str(folder), "LOG_GROUP": "g", "AWS_REGION": "eu-central-1"}
    found = {"PYTHONPATH": str(folder), "PATH": f"{folder}:{os.environ['PATH']}"}
    command = [sys.executable, str(_FILE)]
    environment = os.environ | told | found
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as shipper:
        try:
            assert shipper.stdout
            assert shipper.stdout.readline() == once_it_says
            shipper.terminate()
            # A stop that is missed takes systemd 90 seconds.
            shipper.wait(60)
        finally:
            shipper.kill()
