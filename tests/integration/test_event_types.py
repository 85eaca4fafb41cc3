"""Event types as an operator registers them and clients meet them, over the real wire."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tests import readme
from tests.conftest import StartStack
from tests.processes import eventually
from tests.stack import Stack

BLOCK = readme.blocks("Event types", "json")[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "order.placed.json").write_text(BLOCK)
    return tmp_path


def post(stack: Stack, payload: Any) -> Any:
    body = {"event_type": "order.placed", "payload": payload}
    return stack.request("/events", json.dumps(body).encode())


def test_it_enforces_the_readmes_event_type(start_stack: StartStack, folder: Path) -> None:
    stack = start_stack(workers=1)
    assert post(stack, {}).status == HTTPStatus.ACCEPTED
    assert "new: order.placed" in stack.manage("event_types", "import", str(folder))

    eventually(lambda: post(stack, {}).status == HTTPStatus.UNPROCESSABLE_ENTITY, "it is enforced")
    problem = post(stack, {"order": 0, "mail": "x"}).json
    good = post(stack, {"order": 7, "email": "a@example.com"})
    shown = stack.request("/event-types/order.placed").json

    assert problem["code"] == "schema_violation"
    assert {each["pointer"] for each in problem["errors"]} == {"/payload/order", "/payload/mail"}
    assert stack.wait_until_terminal([good.json["event_id"]])[0]["status"] == "succeeded"
    assert (shown["mode"], shown["version"], shown["example"]) == ("enforce", 1, {"order": 7})


def test_it_counts_what_it_would_refuse(start_stack: StartStack, folder: Path) -> None:
    (folder / "order.placed.json").write_text(BLOCK.replace("enforce", "warn"))
    stack = start_stack(workers=0)
    stack.manage("event_types", "import", str(folder))

    for _ in range(3):
        assert post(stack, {}).status == HTTPStatus.ACCEPTED

    def would_be() -> Any:
        return stack.request("/event-types").json["event_types"][0]["would_be_rejections"]

    eventually(lambda: would_be()["count"] == 3, "all three are counted")
    assert would_be()["last_faults"] == [{"pointer": "/payload/order", "code": "required"}]
