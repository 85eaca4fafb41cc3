import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from events.store import erasures
from tests.events.admin.conftest import sign_in
from tests.factories import accept_event, get_event, make_dead_event, make_succeeded_event
from tests.fake_dynamodb import FakeDynamoDB, Fault

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_place")]

LIST = reverse("admin:events_event_changelist")
CONFIRMED = {"_confirmed": "1", "index": "0"}


def do(client: Client, name: str, event_id: str, *, reason: str = "why") -> int:
    address = reverse("admin:events_event_do", args=[event_id, name])
    return client.post(address, {**CONFIRMED, "reason": reason}).status_code


def test_it_replays_with_a_reason_and_keeps_both_in_the_history() -> None:
    event_id = make_dead_event()

    assert do(sign_in("ada", "view", "replay"), "replay", event_id, reason="fixed") == 302
    event = get_event(event_id)
    assert (event.replays[0].actor, event.replays[0].reason) == ("ada", "fixed")
    assert LogEntry.objects.get().change_message == "Replayed: fixed"


def test_it_asks_for_a_reason_first() -> None:
    event_id = make_dead_event()

    assert do(sign_in("ada", "view", "replay"), "replay", event_id, reason=" ") == 200
    assert get_event(event_id).generation == 1


def test_it_replays_those_selected_and_says_why_not_the_rest() -> None:
    dead, is_open = make_dead_event(), accept_event()
    selected = {"action": "replay", "_selected_action": [dead, is_open], "index": "0"}
    client = sign_in("ada", "view", "replay")
    asked = client.post(LIST, selected).content.decode()
    done = client.post(LIST, selected | CONFIRMED | {"reason": "fixed"}, follow=True)

    assert "Why?" in asked
    assert get_event(dead).generation == 2
    assert "Replayed: 1 event." in done.content.decode()
    assert f"Event {is_open} is pending" in done.content.decode()


def test_it_marks_dead_with_a_reason_and_keeps_both() -> None:
    event_id = accept_event()

    assert do(sign_in("ada", "view", "mark_dead"), "mark_dead", event_id, reason="wrong") == 302
    event = get_event(event_id)
    assert event.status == "dead"
    assert "ada: wrong" in event.attempts[-1].error.message  # type: ignore[union-attr]
    assert LogEntry.objects.get().change_message == "Marked dead: wrong"


def test_it_says_what_remains_and_then_erases_with_a_reason() -> None:
    event_id = make_dead_event()
    client = sign_in("ada", "view", "erase")
    address = reverse("admin:events_event_do", args=[event_id, "erase"])

    assert "What stays: id, type," in client.get(address).content.decode()
    assert do(client, "erase", event_id, reason="asked for") == 302
    event = get_event(event_id)
    assert event.payload_json is None
    assert (event.erasures[0].actor, event.erasures[0].reason) == ("ada", "asked for")
    assert LogEntry.objects.get().change_message == "Erased the payload: asked for"
    shown = client.get(reverse("admin:events_event_change", args=[event_id])).content.decode()
    assert "asked for" in shown
    assert "Erase payload" not in shown


def test_it_offers_to_finish_an_erasure_that_was_cut_off(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = make_succeeded_event(payload_json=f'{{"text": "{"x" * 5_000}"}}')
    client = sign_in("ada", "view", "erase")
    with monkeypatch.context() as patch:
        patch.setattr(erasures, "ACCEPT_DEADLINE_SECONDS", 0)
        # Read, let go, read: then the payload's own item is not deleted.
        dynamodb.fail_next(None, None, None, Fault.AWAY)
        do(client, "erase", event_id)
    address = reverse("admin:events_event_change", args=[event_id])

    shown = client.get(address).content.decode()
    assert "It was cut off" in shown
    assert "Erase payload" in shown
    assert do(client, "erase", event_id) == 302
    shown = client.get(address).content.decode()
    assert "It was cut off" not in shown
    assert "Erase payload" not in shown


def test_it_erases_those_selected_that_have_ended() -> None:
    dead, is_open = make_dead_event(), accept_event()
    selected = {"action": "erase", "_selected_action": [dead, is_open], "reason": "x"} | CONFIRMED
    done = sign_in("ada", "view", "erase").post(LIST, selected, follow=True).content.decode()

    assert get_event(dead).is_erased
    assert get_event(is_open).payload_json is not None
    assert f"Event {is_open} is pending" in done


def test_it_makes_a_plan_of_what_is_selected_across_pages() -> None:
    make_dead_event()
    across = {"action": "replay", "select_across": "1", "index": "0", "_selected_action": ["x"]}
    address = f"{LIST}?tenant=acme&status=dead"
    answer = sign_in("ada", "view", "replay", "bulk_replay").post(address, across)

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("admin:events_replayplan_add"))
    assert "status=dead" in answer["Location"]
