import json
import os
import subprocess
import sys

import pytest

from tests.processes import ROOT

PRODUCTION = {
    "SECRET_KEY": "0123456789" * 5,
    "ALLOWED_HOSTS": "events.example.com",
    "TRUSTED_PROXIES": "10.0.0.0/16",
    "DATABASE_URL": "postgres://me:word@db/events",
    "AWS_REGION": "eu-central-1",
    "QUEUE_URL_PREFIX": "https://sqs.eu-central-1.amazonaws.com/123456789012",
}
SHOW = """
import json
from config import settings as s
names = "DEBUG DEMO_HANDLERS AWS_ENDPOINT_URL SESSION_COOKIE_SECURE EVENTS_TABLE LEASE_SECONDS"
names += " WORKER_CONCURRENCY"
print(json.dumps({name: getattr(s, name) for name in names.split()}))
"""


def load(**variables: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process with this environment and no other."""
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")])}
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        env=paths | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_needs_nothing_but_a_word_to_run_locally() -> None:
    loaded = load(ENVIRONMENT="local")

    assert loaded.returncode == 0, loaded.stderr
    settings = json.loads(loaded.stdout)
    assert settings["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert settings["DEMO_HANDLERS"]


def test_it_takes_whoever_forgets_the_word_for_production() -> None:
    loaded = load()

    assert loaded.returncode == 1
    *problems, hint = loaded.stderr.splitlines()
    missing = {line.split()[0] for line in problems}
    assert missing == set(PRODUCTION) - {"ALLOWED_HOSTS", "TRUSTED_PROXIES"}
    assert "ENVIRONMENT=local" in hint


def test_it_is_safe_in_production() -> None:
    loaded = load(**PRODUCTION)

    assert loaded.returncode == 0, loaded.stderr
    settings = json.loads(loaded.stdout)
    assert settings["SESSION_COOKIE_SECURE"]
    assert not settings["DEBUG"]
    assert not settings["DEMO_HANDLERS"]
    assert settings["AWS_ENDPOINT_URL"] == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "prod"),
        ("SHARDS", "0"),
        ("LONG_POLL_SECONDS", "21"),
        ("WORKER_POOL", "gevent"),
        ("DEMO_HANDLERS", "perhaps"),
        ("AWS_ENDPOINT_URL", "127.0.0.1:8001"),
        ("SECRET_KEY", "short"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("INSIDE_NETWORKS", "the office"),
        ("DATABASE_URL", "postgres://me:word@db:port/events"),
        ("DATABASE_URL", "postgres://me:word@[db/events"),
    ],
)
def test_it_names_the_variable_that_is_wrong(name: str, value: str) -> None:
    loaded = load(**PRODUCTION | {name: value})

    assert loaded.returncode == 1
    assert loaded.stderr.startswith(f"{name} must be ")
    assert "me:word" not in loaded.stderr


def test_it_never_lets_a_lease_outlast_the_visibility_of_its_message() -> None:
    loaded = load(ENVIRONMENT="local", VISIBILITY_SECONDS="77")

    assert json.loads(loaded.stdout)["LEASE_SECONDS"] == 77


@pytest.mark.parametrize(("pool", "handlers"), [("threads", 32), ("prefork", 8)])
def test_it_starts_fewer_processes_than_threads(pool: str, handlers: int) -> None:
    loaded = load(ENVIRONMENT="local", WORKER_POOL=pool)

    assert json.loads(loaded.stdout)["WORKER_CONCURRENCY"] == handlers
