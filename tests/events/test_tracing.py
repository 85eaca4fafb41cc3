import os
import subprocess
import sys
import time
from collections import Counter

import pytest

from events import tracing
from events.event import Outcome
from events.store import events
from tests.factories import (
    accept_event,
    bury,
    claim_event,
    replay_event,
    retry,
)
from tests.fake_dynamodb import FakeDynamoDB
from tests.processes import ROOT
from tests.write_units import size_bytes

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
LOADED = """
import sys
from config.wsgi import application
from tasks import processing
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""

pytestmark = pytest.mark.usefixtures("dynamodb", "dispatcher")


@pytest.fixture
def _traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "traceparent", lambda: TRACEPARENT)


def load(**variables: str) -> subprocess.CompletedProcess[str]:
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "platform")])}
    return subprocess.run(
        [sys.executable, "-c", LOADED],
        env={"ENVIRONMENT": "local"} | paths | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_loads_nothing_while_it_is_off() -> None:
    loaded = load()

    assert loaded.stdout == "[]\n", loaded.stderr


def test_it_refuses_a_protocol_that_it_does_not_speak() -> None:
    loaded = load(OTEL_TRACES_EXPORTER="otlp", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")

    assert loaded.returncode == 1
    assert loaded.stderr == (
        "OTEL_EXPORTER_OTLP_PROTOCOL must be one of: http/protobuf, not 'grpc'.\n"
    )


def test_it_does_nothing_while_it_is_off() -> None:
    claimed = claim_event(accept_event())

    with tracing.attempt(claimed, asked_at=time.monotonic()):
        assert tracing.headers() == {}
        tracing.describe(event_id=claimed.event_id)
        tracing.end_attempt(claimed, Outcome.SUCCEEDED)
    tracing.flush()
    assert tracing.traced("store")(accept_event) is accept_event
    item = events.read(claimed.event_id)
    assert item is not None
    assert "traceparent" not in item.serialize()


@pytest.mark.usefixtures("_traced")
def test_it_keeps_the_trace_from_attempt_to_attempt_and_over_a_replay() -> None:
    event_id = accept_event()
    first = claim_event(event_id)
    assert retry(first)
    second = claim_event(event_id)
    assert bury(second)
    replay_event(event_id)
    third = claim_event(event_id, generation=2)

    assert {each.traceparent for each in (first, second, third)} == {TRACEPARENT}
    assert third.trace_id == TRACE_ID
    assert third.replays[0].traceparent == TRACEPARENT


def test_it_costs_66_bytes_of_an_item_and_no_further_call(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = accept_event()
    calls_before = Counter(dynamodb.calls)
    monkeypatch.setattr(tracing, "traceparent", lambda: TRACEPARENT)
    traced = accept_event()
    calls = dynamodb.calls - calls_before

    sizes = [size_bytes(item.serialize()) for item in map(events.read, (plain, traced)) if item]
    assert sizes[1] - sizes[0] == 66
    assert calls == {"batch_execute_statement": 1}
