"""API keys as an operator makes them and clients use them, over the real wire."""

import os
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.conftest import StartStack
from tests.processes import ROOT, eventually
from tests.stack import Stack

pytestmark = pytest.mark.integration


class Operator:
    """Somebody at a shell of the host."""

    def __init__(self, database_url: str) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "ENVIRONMENT": "local",
            "LOG_LEVEL": "ERROR",
            "DATABASE_URL": database_url,
        }

    def run(self, *arguments: str) -> str:
        """Run manage.py and return its output."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self._environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    def make_key(self, tenant: str, *arguments: str) -> str:
        return self.run("api_key", "create", "test", "--tenant", tenant, *arguments).strip()


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    operator = Operator(f"sqlite:///{tmp_path}/keys.sqlite3")
    operator.run("migrate", "-v0")
    return operator


@pytest.fixture
def secured(start_stack: StartStack, operator: Operator, tmp_path: Path) -> Stack:  # noqa: ARG001  # its tables come first
    database_url = f"sqlite:///{tmp_path}/keys.sqlite3"
    return start_stack(workers=0, API_KEYS="required", API_WORKERS=2, DATABASE_URL=database_url)


EVENT = b'{"event_type": "order.created", "payload": {}}'


def test_it_keeps_tenants_apart_from_the_first_request_to_the_queue(
    secured: Stack, operator: Operator
) -> None:
    acme, globex = operator.make_key("acme"), operator.make_key("globex")
    posted = secured.request("/events", EVENT, key=acme)
    path = f"/events/{posted.json['event_id']}"

    assert secured.request(path, key=acme).json["tenant"] == "acme"
    assert secured.request(path, key=globex).status == HTTPStatus.NOT_FOUND
    assert secured.request(path).status == HTTPStatus.UNAUTHORIZED
    assert secured.request("/health").status == HTTPStatus.OK
    assert secured.group_of_next_message("WORK_QUEUE") == "acme"


def test_it_ends_a_key_everywhere_without_a_restart(secured: Stack, operator: Operator) -> None:
    key = operator.make_key("acme")
    assert secured.request("/stats", key=key).status == HTTPStatus.OK
    operator.run("api_key", "revoke", key)

    def statuses() -> set[int]:
        return {secured.request("/stats", key=key).status for _ in range(20)}

    # Each answer may come from another process; many in a row come from all of them.
    eventually(lambda: statuses() == {HTTPStatus.UNAUTHORIZED}, "all processes refuse the key")
