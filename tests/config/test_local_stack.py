import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.local import environment
from config.local.programs import supervisor_configuration
from config.local.supervision import describe_loss
from tests.processes import ROOT, free_port

WRONG = {"SHARDS": "abc"}
SENTENCE = "SHARDS must be a whole number from 1 to 256, not 'abc'."
COMMANDS = {
    "manage.py": ["manage.py", "check"],
    "gunicorn": ["-m", "gunicorn", "--config", "python:config.gunicorn"],
    "celery": ["-m", "celery", "-A", "config", "worker"],
    "worker": ["-m", "config.worker"],
    "exporter": ["-m", "tasks.exporter"],
    "stack": ["-m", "config.local"],
}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    environment = {**os.environ, "PYTHONPATH": paths, "ENVIRONMENT": "local"} | variables
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def restored_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    before = dict(os.environ)
    yield monkeypatch
    monkeypatch.undo()
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_wrong_setting_ends_it_with_a_sentence(command: list[str]) -> None:
    finished = run(*command, **WRONG)

    assert finished.returncode != 0
    assert finished.stderr.strip() == SENTENCE


def test_it_refuses_to_run_in_production() -> None:
    production = {"ENVIRONMENT": "production", "SECRET_KEY": "s" * 50, "AWS_REGION": "eu-west-1"}
    elsewhere = {"DATABASE_URL": "postgres://db/events", "QUEUE_URL_PREFIX": "https://sqs/1"}
    finished = run("-m", "config.local", **production, **elsewhere)

    assert finished.returncode != 0
    assert finished.stderr.strip() == "The local stack runs with ENVIRONMENT=local only."


@pytest.mark.integration
@pytest.mark.parametrize(
    ("offset", "use"), [(0, "the API"), (1, "the emulated AWS"), (2, "the exporter")]
)
def test_a_busy_port_ends_it_with_a_sentence(offset: int, use: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        busy = other.getsockname()[1]
        refuse = f"from config.local import ports; ports.refuse_taken_ports({busy - offset})"
        finished = run("-c", refuse)

    assert finished.returncode != 0
    assert finished.stderr.strip() == (
        f"Port {busy}, meant for {use}, is in use by another program. "
        f"Stop that program, or choose other ports: PORT=9000 make run"
    )


def test_it_keeps_other_accounts_and_databases_out(
    restored_environment: pytest.MonkeyPatch,
) -> None:
    restored_environment.setenv("AWS_PROFILE", "production")
    restored_environment.setenv("AWS_ACCESS_KEY_ID", "somebody's")
    restored_environment.setenv("DATABASE_URL", "postgres://production/events")

    environment.use_shared_environment()

    assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_ACCESS_KEY_ID"] == "local"
    assert os.environ["DATABASE_URL"].startswith("sqlite:")


def test_everything_it_opens_is_on_loopback(restored_environment: pytest.MonkeyPatch) -> None:
    restored_environment.setenv("EXPORTER_HOST", "0.0.0.0")  # noqa: S104  # what must not win

    environment.use_shared_environment()

    assert os.environ["EXPORTER_HOST"] == "127.0.0.1"
    assert environment.emulator_environment()["BIND_HOST"] == "127.0.0.1"


def test_supervisor_gets_paths_with_odd_characters_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/a b/100%/python")

    assert "command='/a b/100%%/python' -m ministack" in supervisor_configuration()


def test_it_says_since_when_the_emulator_lost_its_state(tmp_path: Path) -> None:
    saved = tmp_path / "dynamodb.json"
    saved.touch()
    os.utime(saved, (0, 86_400 * 45))

    assert "after 15 February" in describe_loss(tmp_path)


def test_it_says_that_an_emulator_never_saved_its_state(tmp_path: Path) -> None:
    assert describe_loss(tmp_path).startswith("all events")


def test_a_second_run_of_one_checkout_is_refused(tmp_path: Path) -> None:
    hold = (
        "import signal; from pathlib import Path; from config.local.__main__ import _only_run_of\n"
        f"with _only_run_of(Path({str(tmp_path)!r})): print('held', flush=True); signal.pause()"
    )
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    with subprocess.Popen(
        [sys.executable, "-c", hold],
        env={**os.environ, "PYTHONPATH": paths, "ENVIRONMENT": "local"},
        stdout=subprocess.PIPE,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"

        second = run("-c", hold)
        first.send_signal(signal.SIGTERM)

    assert f"running already, as process {first.pid}:" in second.stderr
