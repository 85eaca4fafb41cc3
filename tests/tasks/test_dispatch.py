import pytest
from django.conf import settings

from events.errors import QueueUnavailable
from tasks import dispatch
from tasks.dispatch import PROCESS_TASK, CeleryDispatcher
from tests.tasks.conftest import FakeBroker


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_paused_until", 0.0)


def send(tenant: str = "acme") -> None:
    CeleryDispatcher().send(event_id="event-1", generation=2, tenant=tenant)


def test_it_sends_ids_and_nothing_else(broker: FakeBroker) -> None:
    send()

    (sent,) = broker.sent
    assert (sent.name, sent.args, sent.queue) == (PROCESS_TASK, ["event-1", 2], settings.WORK_QUEUE)


def test_it_puts_each_tenant_into_a_group_of_its_own(broker: FakeBroker) -> None:
    send("acme")
    send("globex")

    assert [sent.options["MessageGroupId"] for sent in broker.sent] == ["acme", "globex"]


def test_it_lets_nobody_wait_for_a_second_try(broker: FakeBroker) -> None:
    send()

    assert broker.sent[0].options["retry"] is False


def test_it_says_that_the_queue_is_away(broker: FakeBroker) -> None:
    broker.is_away = True

    with pytest.raises(QueueUnavailable):
        send()


def test_it_asks_once_and_then_no_more_for_a_moment(broker: FakeBroker) -> None:
    broker.is_away = True
    for _ in range(10):
        with pytest.raises(QueueUnavailable):
            send()

    assert broker.refused == 1


def test_it_goes_on_after_the_moment(broker: FakeBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_PAUSE_AFTER_FAILURE_SECONDS", 0.0)
    broker.is_away = True
    with pytest.raises(QueueUnavailable):
        send()

    broker.is_away = False
    send()
    assert len(broker.sent) == 1


def test_it_tries_a_dead_letter_even_then(broker: FakeBroker) -> None:
    broker.is_away = True
    with pytest.raises(QueueUnavailable):
        send()

    broker.is_away = False
    dispatch.send_dead_letter("event-1", 2)
    assert broker.sent[0].queue == settings.DEAD_LETTER_QUEUE
