import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings

from events import metrics
from events.errors import QueueUnavailable
from tasks import dispatch
from tasks.dispatch import PROCESS_TASK, CeleryDispatcher
from tasks.transport import SendFailed
from tests.tasks.conftest import FakeBroker


@dataclass
class FakeChannel:
    """Keeps what the transport was asked to send."""

    sent: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    is_away: bool = False
    refused: int = 0
    # As one entry of a call may be.
    refuses_first: bool = False

    def send_texts(
        self, queue: str, texts: Sequence[str], *, group_id: str
    ) -> list[str | Exception]:
        if self.is_away:
            self.refused += 1
            return [SendFailed("the fake queue is away") for _ in texts]
        self.sent += [(queue, json.loads(text), group_id) for text in texts]
        outcomes: list[str | Exception] = ["message-id" for _ in texts]
        return [SendFailed("InvalidMessage"), *outcomes[1:]] if self.refuses_first else outcomes


@pytest.fixture(autouse=True)
def channel(monkeypatch: pytest.MonkeyPatch) -> FakeChannel:
    fake = FakeChannel()
    monkeypatch.setattr(dispatch, "_channel", lambda: fake)
    monkeypatch.setattr(dispatch, "_pause", dispatch._Pause())  # noqa: SLF001
    return fake


def send(tenant: str = "acme") -> None:
    CeleryDispatcher().send(event_id="event-1", generation=2, tenant=tenant)


def test_it_sends_ids_and_nothing_else(channel: FakeChannel) -> None:
    send()

    ((queue, message, _),) = channel.sent
    arguments, keywords, _ = json.loads(message["body"])
    assert (queue, message["headers"]["task"]) == (settings.WORK_QUEUE, PROCESS_TASK)
    assert (arguments, keywords) == (["event-1", 2], {})


def test_it_puts_each_tenant_into_a_group_of_its_own(channel: FakeChannel) -> None:
    send("acme")
    send("globex")

    assert [group for _, _, group in channel.sent] == ["acme", "globex"]


def test_it_says_that_the_queue_is_away(channel: FakeChannel) -> None:
    channel.is_away = True

    with pytest.raises(QueueUnavailable):
        send()


def test_it_asks_once_and_then_no_more_for_a_moment(channel: FakeChannel) -> None:
    channel.is_away = True
    for _ in range(10):
        with pytest.raises(QueueUnavailable):
            send()

    assert channel.refused == 1


def test_it_goes_on_after_the_moment(channel: FakeChannel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_PAUSE_AFTER_FAILURE_SECONDS", 0.0)
    channel.is_away = True
    with pytest.raises(QueueUnavailable):
        send()

    channel.is_away = False
    send()
    assert len(channel.sent) == 1


def test_it_tries_a_dead_letter_even_then(channel: FakeChannel, broker: FakeBroker) -> None:
    channel.is_away = True
    with pytest.raises(QueueUnavailable):
        send()

    dispatch.send_dead_letter("event-1", 2)
    assert broker.sent[0].queue == settings.DEAD_LETTER_QUEUE


def test_it_sends_many_at_once(channel: FakeChannel) -> None:
    left = CeleryDispatcher().send_all(["event-1", "event-2"], generation=1, tenant="acme")

    assert left == []
    assert [json.loads(message["body"])[0] for _, message, _ in channel.sent] == [
        ["event-1", 1],
        ["event-2", 1],
    ]


def test_it_returns_what_the_queue_did_not_take(channel: FakeChannel) -> None:
    channel.is_away = True

    left = CeleryDispatcher().send_all(["event-1", "event-2"], generation=1, tenant="acme")

    assert left == ["event-1", "event-2"]


def test_it_goes_on_where_the_queue_took_others(channel: FakeChannel) -> None:
    channel.refuses_first = True
    ids = ["event-1", "event-2"]
    assert CeleryDispatcher().send_all(ids, generation=1, tenant="acme") == ["event-1"]

    channel.refuses_first = False
    assert CeleryDispatcher().send_all(ids, generation=1, tenant="acme") == []


def test_it_says_once_per_pause_that_the_queue_is_away(
    channel: FakeChannel, caplog: pytest.LogCaptureFixture
) -> None:
    channel.is_away = True
    for _ in range(3):
        CeleryDispatcher().send_all(["event-1", "event-2"], generation=1, tenant="acme")

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "queue_unavailable" in caplog.text


@pytest.mark.parametrize(
    ("code", "outcome"), [("", "ok"), ("OverLimit", "throttled"), ("NoAnswer", "failed")]
)
def test_it_counts_calls_to_sqs_by_how_they_ended(code: str, outcome: str) -> None:
    series = metrics.aws_calls("sqs", "ReceiveMessage", outcome)
    before = series._value.get()  # noqa: SLF001  # prometheus_client has no other way
    dispatch._count_call("sqs", "ReceiveMessage", code)  # noqa: SLF001  # what it told on_call

    assert series._value.get() - before == 1  # noqa: SLF001
