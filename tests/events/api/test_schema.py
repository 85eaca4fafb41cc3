import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate
from pydantic import BaseModel

from events import errors, json_fault
from events.api.errors import _STATUS_OF_ERROR, Problem
from events.api.models import EventInput, check_idempotency_key
from events.api.representations import show_acceptance, show_event
from events.api.schema import answers, document
from events.api.schema.inspector import Addresses
from events.api.schema.operation import Body
from events.api.schema.operations import OPERATIONS
from events.api.schema.operations.posting import IDEMPOTENCY_KEY
from events.api.schema.problems import CATALOGUE, UNREADABLE
from events.event import Acceptance, Attempt, AttemptError, Outcome, Replay, Status
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, RECEIVED_AT, make_event
from tests.processes import ROOT

COMMITTED = ROOT / "docs/openapi.yaml"
IMPORTED_AT_START = """
import sys, django
django.setup()
import config.urls
print("drf_spectacular" in sys.modules)
"""


@pytest.fixture(autouse=True)
def published() -> Iterator[None]:
    """Build the document as it is published: for an installation that wants keys."""
    with override_settings(API_KEYS_REQUIRED=True):
        document.build.cache_clear()
        document.as_json.cache_clear()
        document.as_yaml.cache_clear()
        yield
    document.build.cache_clear()
    document.as_json.cache_clear()
    document.as_yaml.cache_clear()


def bodies() -> list[tuple[str, Body]]:
    described = [
        (operation.name, body) for operation in OPERATIONS.values() for body in operation.requests
    ]
    answered = [
        (operation.name, body)
        for operation in OPERATIONS.values()
        for answer in operation.answers
        for body in answer.bodies
    ]
    return described + answered


def test_it_is_valid_openapi_and_says_so_without_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    validate(document.build())

    assert document.build()["openapi"] == "3.1.0"
    assert capsys.readouterr().err == ""


def test_the_published_one_is_up_to_date() -> None:
    assert COMMITTED.read_bytes() == document.as_yaml(), "make openapi rewrites docs/openapi.yaml"


def test_it_describes_every_call() -> None:
    found = Addresses(None, "events.api.urls").get_api_endpoints()

    assert {(method, path) for path, _, method, _ in found} == set(OPERATIONS)


def test_it_describes_every_problem() -> None:
    raised = {code for path in (ROOT / "events/api").rglob("*.py") for code in codes_in(path)}
    raised |= set(
        re.findall(r'(?:InvalidJSON|_fault)\(\s*"(\w+)"', Path(json_fault.__file__).read_text())
    )
    raised |= {each.code for each in leaves(errors.Retryable)}
    raised |= {each.code for each in _STATUS_OF_ERROR} | {errors.SchemaViolation.code}

    assert raised - set(CATALOGUE) == set()


def codes_in(path: Path) -> Iterator[str]:
    """Find the codes of the problems that a module makes."""
    for node in ast.walk(ast.parse(path.read_text())):
        # Problem(HTTPStatus.CONFLICT, "code", ...), or such arguments in a table.
        parts = getattr(node, "args", None) or getattr(node, "elts", None)
        match parts:
            case [
                ast.Attribute(value=ast.Name(id="HTTPStatus")),
                ast.Constant(value=str(code)),
                *_,
            ]:
                yield code


def leaves(kind: type[errors.EventError]) -> Iterator[type[errors.EventError]]:
    for each in kind.__subclasses__():
        yield from leaves(each) if each.__subclasses__() else [each]


def test_every_body_has_an_example() -> None:
    assert [name for name, body in bodies() if not body.examples] == []


def test_every_problem_of_a_call_has_an_example() -> None:
    shared = document.build()["components"]
    told = {code for each in shared["responses"].values() for code in examples_in(each)}
    told |= shared["examples"].keys()

    # Of addresses that are none, of the framework, and of what no call waits for.
    assert set(CATALOGUE) - told == {"not_found", "forbidden", "queue_unavailable"}


def examples_in(answer: dict[str, Any]) -> Iterator[str]:
    for content in answer["content"].values():
        yield from content["examples"]


@pytest.mark.parametrize("code", UNREADABLE)
def test_every_call_may_have_been_unreadable(code: str) -> None:
    status = str(CATALOGUE[code].status.value)
    calls = [each for path in document.build()["paths"].values() for each in path.values()]

    assert [each["operationId"] for each in calls if status not in each["responses"]] == []


@pytest.mark.parametrize(
    ("body", "example"),
    [
        pytest.param(body, example, id=f"{name}-{example}")
        for name, body in bodies()
        for example in body.examples
    ],
)
def test_its_examples_are_what_it_describes(body: Body, example: str) -> None:
    if isinstance(body.shape, type) and issubclass(body.shape, BaseModel):
        body.shape.model_validate_json(json.dumps(body.examples[example]))


def test_it_describes_events_as_they_are_shown() -> None:
    error = AttemptError(type="ValueError", message="no", fingerprint="0" * 16)
    attempt = Attempt(
        token="t",
        number=1,
        generation=1,
        worker="w",
        version="v",
        started_at=RECEIVED_AT,
        ended_at=RECEIVED_AT,
        outcome=Outcome.FAILED,
        error=error,
    )
    replay = Replay(generation=2, replayed_at=RECEIVED_AT, actor="me", reason="why")
    shown = show_event(make_event(attempts=(attempt,), replays=(replay,)))

    assert set(shown) == set(answers.Event.model_fields)
    assert set(shown["attempts"][0]) == set(answers.Attempt.model_fields)
    assert set(shown["attempts"][0]["error"]) == set(answers.AttemptError.model_fields)
    assert set(shown["replays"][0]) == set(answers.Replay.model_fields)


def test_it_describes_acceptances_as_they_are_shown() -> None:
    acceptance = Acceptance(
        event_id=EVENT_ID,
        status=Status.PENDING,
        event_type="a",
        tenant="default",
        received_at=RECEIVED_AT,
    )

    assert {*show_acceptance(acceptance), "warnings"} == set(answers.Acceptance.model_fields)


def test_it_has_the_limits_of_the_model_that_checks() -> None:
    described = document.build()["components"]["schemas"]["EventInput"]
    checked = EventInput.model_json_schema()

    assert described["properties"]["event_type"].items() >= {
        ("pattern", checked["properties"]["event_type"]["pattern"]),
        ("maxLength", checked["properties"]["event_type"]["maxLength"]),
    }
    assert described["required"] == ["event_type", "payload"]
    assert described["additionalProperties"] is False


@given(st.from_regex(IDEMPOTENCY_KEY.schema["pattern"], fullmatch=True))
def test_its_idempotency_keys_are_taken(key: str) -> None:
    assert check_idempotency_key(key) == key


@given(st.text(max_size=300))
def test_its_idempotency_keys_are_all_that_are_taken(key: str) -> None:
    try:
        check_idempotency_key(key)
    except Problem:
        assert not re.fullmatch(IDEMPOTENCY_KEY.schema["pattern"], key)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/yaml", "application/yaml"),
        ("application/vnd.oai.openapi+yaml;version=3.1", "application/yaml"),
    ],
)
def test_it_is_served_as_json_and_as_yaml(api: APIClient, accept: str, media_type: str) -> None:
    answer = api.get("/schema", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
    assert answer.headers["Vary"] == "Accept"
    assert yaml.safe_load(answer.content)["paths"].keys() >= {"/events", "/health"}


def test_its_page_needs_no_other_host_and_no_script_within(api: APIClient) -> None:
    answer = api.get("/docs")
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert not re.findall(r"<script>|<style>|https?://|\bon\w+=", page)


def test_its_page_has_all_its_files(api: APIClient) -> None:
    page = api.get("/docs").content.decode()
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)

    assert len(files) == 5
    assert all(finders.find(each.removeprefix("/static/")) for each in files)


def test_nobody_pays_for_it_before_it_is_asked_for() -> None:
    finished = subprocess.run(
        [sys.executable, "-c", IMPORTED_AT_START],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
            "ENVIRONMENT": "local",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
    )

    assert finished.stdout == "False\n"
