import re
from collections.abc import Iterator

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from events import queries, services
from events.event_types import Definition, Mode
from events.queries import event_types
from tests.events.admin.conftest import sign_in
from tests.factories import accept_event, get_event, make_dead_event, replay_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_place")]

MAY = ("view", "replay", "edit")
SECRET = '{"password": "hunter2"}'
SCHEMA = '{"type": "object", "properties": {"total": {"type": "number"}}}'


@pytest.fixture(autouse=True)
def fresh_event_types(database_at_once: None) -> Iterator[None]:  # noqa: ARG001  # read at once
    event_types.known_event_types.forget()
    yield
    event_types.known_event_types.forget()


def edit(client: Client, event_id: str, payload: str, *, generation: int = 1) -> str:
    address = reverse("admin:events_event_edit", args=[event_id])
    form = {"payload": payload, "generation": generation, "reason": "a typo"}
    return client.post(address, form, follow=True).content.decode()


def look(client: Client, event_id: str) -> tuple[int, str]:
    answer = client.get(reverse("admin:events_event_edit", args=[event_id]))
    return answer.status_code, answer.content.decode()


def test_it_replays_on_the_new_payload_and_keeps_the_old() -> None:
    event_id = make_dead_event()
    shown = edit(sign_in("ada", *MAY), event_id, '{\r\n  "total": 13.50\r\n}')

    event = get_event(event_id)
    assert event.payload_json == '{\n  "total": 13.50\n}'
    assert (event.generation, event.payload_version) == (2, 2)
    assert (event.replays[0].actor, event.replays[0].reason) == ("ada", "a typo")
    assert queries.get_payload(event_id, 1, tenant=None).payload_json == '{"total": 12.50}'
    assert LogEntry.objects.get().change_message == "Replayed on another payload: a typo"
    assert "Payload, version 2 of 2" in shown


def test_every_payload_so_far_can_be_looked_at() -> None:
    event_id = make_dead_event()
    client = sign_in("ada", *MAY)
    edit(client, event_id, '{"total": 13.50}')
    page = reverse("admin:events_event_change", args=[event_id])

    assert "12.50" in client.get(page, {"payload": "1"}).content.decode()
    for named in ("", "2", "3", "x"):
        assert "13.50" in client.get(page, {"payload": named}).content.decode()


def test_it_begins_with_the_payload_so_far_to_the_digit() -> None:
    _, shown = look(sign_in("ada", *MAY), make_dead_event())

    assert re.search(r"<textarea[^>]*>\s*{\s*&quot;total&quot;: 12.50\s*}</textarea>", shown)


def test_an_erased_event_runs_on_a_new_payload() -> None:
    event_id = make_dead_event()
    services.erase_payload(event_id=event_id, actor="ada")
    edit(sign_in("ada", *MAY), event_id, "{}")

    assert (get_event(event_id).payload_json, get_event(event_id).is_erased) == ("{}", False)


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        ("", "the smallest is {}"),
        ('{"total": 1,}', "line 1, column 13"),
        ("[1]", "in braces"),
        ('{"total": 12.50 }', "It is the payload so far"),
        ('{"total": "much"}', "/payload/total"),
        ('{"x": "' + "x" * 2_000 + '"}', "and may have 1,024"),
    ],
)
def test_it_says_what_is_wrong_with_a_payload(payload: str, fault: str, settings: Settings) -> None:
    settings.BODY_LIMIT_BYTES = 1_024
    definition = Definition(name="order.created", mode=Mode.ENFORCE, schema_json=SCHEMA)
    services.save_event_type(definition, actor="tests")
    event_id = make_dead_event()

    assert fault in edit(sign_in("ada", *MAY), event_id, payload)
    assert get_event(event_id).generation == 1


def test_it_replays_nothing_that_somebody_else_replayed_meanwhile() -> None:
    event_id = make_dead_event()
    client = sign_in("ada", *MAY)
    replay_event(event_id)

    assert "It is pending: wait" in edit(client, event_id, "{}")
    assert get_event(event_id).payload_version == 1


def test_secrets_are_edited_by_those_who_may_see_them_and_that_is_logged() -> None:
    event_id = make_dead_event(payload_json=SECRET)

    assert look(sign_in("eve", *MAY), event_id)[0] == 403
    assert "hunter2" in look(sign_in("ada", *MAY, "reveal"), event_id)[1]
    assert LogEntry.objects.get().change_message == "Revealed the payload, to edit it."


def test_an_open_event_is_left_alone() -> None:
    assert "wait until it has ended" in edit(sign_in("ada", *MAY), accept_event(), "{}")
