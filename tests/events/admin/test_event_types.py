import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from events import queries, services
from events.errors import StoreUnavailable
from events.event_types import Definition, Mode
from events.models import EventType, SchemaVersion
from events.queries import event_types

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("database_at_once", "dynamodb")]

ADD = "admin:events_eventtype_add"
LIST = "admin:events_eventtype_changelist"
SCHEMA = '{"type": "object", "required": ["order"]}'
TIGHTER = '{"type": "object", "required": ["order", "customer"]}'
FIELDS = {"name": "order.created", "mode": "enforce", "schema_json": SCHEMA}


@pytest.fixture(autouse=True)
def static_folder(settings: Settings, tmp_path: Path) -> None:
    # WhiteNoise warns of a folder that is missing, as it is before collectstatic.
    settings.STATIC_ROOT = tmp_path


@pytest.fixture(autouse=True)
def sql_in_memory() -> Iterator[None]:
    event_types.known_event_types.forget()
    yield
    event_types.known_event_types.forget()


def make(**parts: Any) -> EventType:
    defaults = {"name": "order.created", "mode": Mode.ENFORCE, "schema_json": SCHEMA}
    services.save_event_type(Definition(**defaults | parts), actor="tests")
    return EventType.objects.get(name=(defaults | parts)["name"])


def change(client: Client, event_type: EventType, **fields: str) -> Any:
    address = reverse("admin:events_eventtype_change", args=[event_type.pk])
    return client.post(address, FIELDS | fields, follow=True)


def look(client: Client, name: str, event_type: EventType) -> str:
    return client.get(
        reverse(f"admin:events_eventtype_{name}", args=[event_type.pk])
    ).content.decode()


def test_it_registers_an_event_type(admin_client: Client) -> None:
    answer = admin_client.post(reverse(ADD), FIELDS)

    row = EventType.objects.get()
    assert answer.status_code == 302
    assert (row.mode, row.version, row.created_by) == ("enforce", 1, "admin")
    assert LogEntry.objects.get().object_id == str(row.pk)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"schema_json": '{"type": "x"}'}, "/type:"),
        ({"schema_json": "{"}, "line 1"),
        ({"schema_json": ""}, "enforce needs a schema"),
        ({"example_json": "{}"}, "/order: It is required."),
        ({"name": "order..created"}, "joined by single dots"),
        ({"replacement": "no name"}, "joined by single dots"),
    ],
)
def test_it_says_what_is_wrong(admin_client: Client, fields: dict[str, str], reason: str) -> None:
    answer = admin_client.post(reverse(ADD), FIELDS | fields)

    assert answer.status_code == 200
    assert reason in answer.content.decode()
    assert not EventType.objects.exists()


def test_it_makes_a_new_version(admin_client: Client) -> None:
    change(admin_client, make(), schema_json='{"type": "object"}')

    assert EventType.objects.get().version == 2
    assert EventType.objects.get().updated_by == "admin"


def test_it_names_an_incompatible_change(admin_client: Client) -> None:
    page = change(admin_client, make(), schema_json=TIGHTER).content.decode()

    assert "Payloads that matched are refused from now on." in page
    assert "/required: &quot;customer&quot; is required now" in page
    assert EventType.objects.get().version == 1


def test_it_saves_one_that_is_confirmed(admin_client: Client) -> None:
    change(admin_client, make(), schema_json=TIGHTER, allow_incompatible="on")

    assert EventType.objects.get().version == 2


def test_it_deprecates(admin_client: Client) -> None:
    change(admin_client, make(), is_deprecated="on", replacement="order.placed")

    (definition,) = queries.read_definitions()
    assert (definition.is_deprecated, definition.replacement) == (True, "order.placed")


def test_it_never_renames(admin_client: Client) -> None:
    change(admin_client, make(), name="another")

    assert EventType.objects.get().name == "order.created"


def test_it_shows_every_version(admin_client: Client) -> None:
    event_type = make()
    make(schema_json='{"type": "object"}')

    page = look(admin_client, "change", event_type)
    assert "version 2, active:" in page
    assert "version 1:" in page
    assert SchemaVersion.objects.count() == 2


def test_it_tries_a_payload(admin_client: Client) -> None:
    event_type = make()
    address = reverse("admin:events_eventtype_try", args=[event_type.pk])

    def answer(payload: str) -> str:
        return admin_client.post(address, {"payload": payload}).content.decode()

    assert "It matches version 1." in answer('{"order": 1}')
    assert "<code>/order</code>" in answer("{}")
    assert "Expected a key" in answer("{oops}")


def test_it_offers_the_example_to_try(admin_client: Client) -> None:
    page = look(admin_client, "try", make(example_json='{"order": 17}'))

    assert "17" in page


def test_it_shows_what_would_be_rejected(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(mode=Mode.WARN)
    monkeypatch.setattr(services.would_be_rejections.tally, "_start", lambda: None)
    services.would_be_rejections.tally.note(
        tenant="acme",
        event_type="order.created",
        version=1,
        faults=[{"pointer": "/<order>", "code": "type", "message": ""}],
    )
    services.would_be_rejections.tally.flush()

    assert "1, the last at" in admin_client.get(reverse(LIST)).content.decode()
    assert "/&lt;order&gt; (type)" in admin_client.get(reverse(LIST)).content.decode()


def test_it_shows_the_rest_while_the_store_is_away(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_unavailable() -> None:
        raise StoreUnavailable

    make(mode=Mode.WARN)
    monkeypatch.setattr(queries, "get_would_be_rejections", raise_unavailable)

    assert "the store does not answer" in admin_client.get(reverse(LIST)).content.decode()


@pytest.mark.parametrize("is_away", [False, True])
def test_it_asks_the_store_once_for_a_page(
    *, admin_client: Client, monkeypatch: pytest.MonkeyPatch, is_away: bool
) -> None:
    def count() -> dict[str, Any]:
        asked.append(1)
        if is_away:
            raise StoreUnavailable
        return {}

    asked: list[int] = []
    for name in "abc":
        make(name=name, mode=Mode.WARN)
    monkeypatch.setattr(queries, "get_would_be_rejections", count)
    admin_client.get(reverse(LIST))

    assert len(asked) == 1


def test_it_names_an_incompatible_change_that_another_made_so(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_type, plan = make(), services.plan_event_type

    def plan_too_early(definition: Definition) -> services.Plan:
        # The form's first check sees what was there before another's change.
        monkeypatch.setattr(services, "plan_event_type", plan)
        return replace(plan(definition), comparison=None)

    monkeypatch.setattr(services, "plan_event_type", plan_too_early)
    page = change(admin_client, event_type, schema_json=TIGHTER).content.decode()

    assert "Payloads that matched are refused from now on." in page
    assert EventType.objects.get().version == 1


@pytest.mark.parametrize("way", ["page", "action"])
def test_it_deletes_as_everybody_else(
    admin_client: Client, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    event_type = make()
    confirmed = {"post": "yes"}
    if way == "page":
        admin_client.post(reverse("admin:events_eventtype_delete", args=[event_type.pk]), confirmed)
    else:
        chosen = {"action": "delete_selected", "_selected_action": [event_type.pk]}
        admin_client.post(reverse(LIST), chosen | confirmed)

    assert not EventType.objects.exists()
    assert "event_type_deleted" in caplog.text


def test_it_shows_a_viewer_and_lets_nobody_else_in(client: Client) -> None:
    event_type = make()
    user = User.objects.create_user("viewer", is_staff=True)
    client.force_login(user)
    before = client.get(reverse("admin:events_eventtype_change", args=[event_type.pk]))
    untried = client.get(reverse("admin:events_eventtype_try", args=[event_type.pk]))
    user.user_permissions.add(Permission.objects.get(codename="view_eventtype"))

    assert (before.status_code, untried.status_code) == (403, 403)
    assert "version 1, active" in look(client, "change", event_type)
    assert "Try a payload" in look(client, "try", event_type)


def test_it_loads_nothing_from_elsewhere(admin_client: Client) -> None:
    event_type = make()
    elsewhere = re.compile(r"(?:src|href|action)=\"(?:https?:)?//")

    for name in ("change", "try"):
        assert not elsewhere.search(look(admin_client, name, event_type))
