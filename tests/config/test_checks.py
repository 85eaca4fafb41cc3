import os
import subprocess
import sys
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django import Settings

from config import checks
from tests.config.test_settings import PRODUCTION
from tests.processes import ROOT


@pytest.fixture
def production(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings.IS_LOCAL = settings.DEMO_HANDLERS = False
    settings.API_KEYS_REQUIRED = settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["events.example.com"]
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/16")]
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    return settings


def found() -> list[str | None]:
    return [each.id for each in [*checks.check_settings(), *checks.check_production()]]


def test_it_finds_nothing_wrong_with_the_defaults() -> None:
    assert found() == []


def test_it_finds_nothing_wrong_with_production(production: Settings) -> None:
    assert not production.IS_LOCAL
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("LONG_POLL_SECONDS", 14, "config.E001"),
        ("LEASE_SECONDS", 21, "config.E002"),
        ("DISPATCH_DEADLINE_SECONDS", 30, "config.E003"),
        ("EVENTS_TABLE", 'events" --', "config.E004"),
        ("WORK_QUEUE", "work.fifo", "config.E004"),
        ("DEAD_LETTER_QUEUE", "events-work", "config.E005"),
        ("EVENTS_DISPATCHER", "tasks.nowhere.Dispatcher", "config.E006"),
        ("ALLOWED_HOSTS", [], "config.E007"),
        ("ALLOWED_HOSTS", ["*"], "config.E007"),
        ("TRUSTED_PROXIES", [], "config.E008"),
        ("API_KEYS_REQUIRED", False, "config.E009"),
        ("BATCH_BODY_LIMIT_BYTES", 262_143, "config.E010"),
        ("DEMO_HANDLERS", True, "config.W001"),
        ("SECURE_SSL_REDIRECT", False, "config.W003"),
    ],
)
def test_it_finds_a_contradiction(
    *, production: Settings, name: str, value: Any, check: str
) -> None:
    setattr(production, name, value)

    assert found() == [check]


def test_it_finds_a_database_that_hosts_cannot_share(
    production: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = production.DATABASES["default"]
    monkeypatch.setitem(database, "ENGINE", "django.db.backends.sqlite3")

    assert found() == ["config.W002"]


def test_it_says_what_to_do_about_each(production: Settings) -> None:
    production.ALLOWED_HOSTS = []
    production.DEMO_HANDLERS = True

    messages = checks.check_production()

    assert [bool(each.msg and each.hint) for each in messages] == [True, True]


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")])}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=paths | PRODUCTION | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_djangos_own_checks_for_production_find_nothing() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING")

    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


def test_the_api_does_not_start_with_a_contradiction() -> None:
    checked = manage("check", VISIBILITY_SECONDS="6")

    assert checked.returncode == 1
    assert "(config.E001)" in checked.stderr
