"""Every address of the admin that changes something asks for its permissions and its token."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from events import queries, services
from events.event_types import Definition, Mode
from events.models import APIKey, EventType, ReplayRequest, SchemaVersion
from events.queries import EventFilter, event_types
from tests.factories import TENANT, accept_event, make_dead_event
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_place")]

SCHEMA = '{"type": "object"}'
WHY = {"reason": "why", "_confirmed": "1", "index": "0"}
SQL = (APIKey, EventType, SchemaVersion, ReplayRequest, LogEntry)
# Who looks changes nothing; where they are not the admin's own, they say why.
LOOKING = {
    "event_add",  # refused to everybody
    "event_change",  # nothing is edited in place
    "event_delete",  # refused to everybody
    "event_history",
    "errorgroup_add",  # refused to everybody
    "errorgroup_change",  # leads to the dead events
    "errorgroup_changelist",
    "errorgroup_delete",  # refused to everybody
    "errorgroup_history",
    "replayplan_change",  # its buttons have addresses of their own
    "replayplan_changelist",
    "replayplan_delete",  # refused to everybody
    "replayplan_history",
    "pause_change",  # leads to the list, which has all of it
    "pause_changelist",
    "pause_delete",  # refused to everybody
    "pause_history",
    "eventtype_history",
    "eventtype_try",  # a payload is checked, and not kept
    "apikey_delete",  # refused to everybody
    "apikey_history",
}

Made = tuple[list[Any], dict[str, Any]]


@dataclass(frozen=True)
class Door:
    """An address, the permissions it takes, and what makes it do something."""

    address: str
    permissions: tuple[str, ...]
    # Makes what is to be changed; returns the address's arguments and the form.
    make: Callable[[], Made] = field(repr=False)
    label: str = ""

    def __str__(self) -> str:
        return self.label or self.address


def on_event(make_event: Callable[[], str], *name: str) -> Callable[[], Made]:
    return lambda: ([make_event(), *name], WHY)


def on_list(action: str, make_event: Callable[[], str]) -> Callable[[], Made]:
    return lambda: ([], {"action": action, "_selected_action": [make_event()], **WHY})


def edited() -> Made:
    return [make_dead_event()], {"payload": '{"total": 1}', "generation": "1", "reason": "why"}


def new_plan() -> Made:
    make_dead_event()
    filter_ = {"tenant": TENANT, "event_type": "order.created", "status": "dead"}
    return [], {**filter_, "reason": "why", "rate": "50", "confirm_count": "1"}


def plan(change: str) -> Callable[[], Made]:
    def make() -> Made:
        make_dead_event()
        made = services.make_replay_plan(
            tenant=TENANT,
            event_filter=EventFilter(event_type="order.created"),
            reason="why",
            actor="tests",
            rate=50,
        )
        if change == "resume":
            services.pause_replay_plan(made.plan_id, tenant=TENANT, actor="tests")
        return [f"{TENANT}:{made.plan_id}", change], {}

    return make


def request(decision: str) -> Callable[[], Made]:
    def make() -> Made:
        make_dead_event()
        preview = queries.preview_replay(
            tenant=TENANT, event_filter=EventFilter(event_type="order.created")
        )
        asked = services.request_replay(
            tenant=TENANT, preview=preview, reason="why", actor="tests", rate=50
        )
        return [asked.pk, decision], {}

    return make


def held() -> Made:
    made = services.pause_events(
        tenant=TENANT, event_type="order.created", reason="why", actor="tests"
    )
    return [made.pause_id], {"rate": "50"}


def event_type(**form: str) -> Callable[[], Made]:
    def make() -> Made:
        definition = Definition(name="order.created", mode=Mode.OFF, schema_json=SCHEMA)
        services.save_event_type(definition, actor="tests")
        return [EventType.objects.get().pk], form

    return make


def many_event_types() -> Made:
    (pk,), _ = event_type()()
    return [], {"action": "delete_selected", "_selected_action": [pk], "post": "yes", "index": "0"}


def key(**form: Any) -> Callable[[], Made]:
    def make() -> Made:
        made, _ = services.create_api_key(name="Shop", tenant="acme", actor="tests")
        return [made.pk], {**form, "revision": made.revision}

    return make


def keys(action: str) -> Callable[[], Made]:
    return lambda: ([], {"action": action, "_selected_action": key()()[0], "index": "0"})


KEY = {"name": "Store", "tenant": "acme", "scopes": ["events:read"], "event_types": ""}
TYPE = {"name": "order.created", "mode": "enforce", "schema_json": SCHEMA}
PAUSE = {"tenant": "", "event_type": "order.created", "reason": "why"}
VIEW, BULK = "view_event", ("view_event", "bulk_replay_event")
DOORS = [
    *(
        Door(address, (VIEW, permission), make, f"{address} {name}")
        for name, permission, make_event in (
            ("replay", "replay_event", make_dead_event),
            ("mark_dead", "mark_dead_event", accept_event),
            ("erase", "erase_event", make_dead_event),
        )
        for address, make in (
            ("event_do", on_event(make_event, name)),
            ("event_changelist", on_list(name, make_event)),
        )
    ),
    Door("event_edit", (VIEW, "replay_event", "edit_event"), edited),
    Door("event_reveal", (VIEW, "reveal_event"), on_event(make_dead_event)),
    Door("replayplan_add", BULK, new_plan),
    *(
        Door("replayplan_state", BULK, plan(each), f"replayplan_state {each}")
        for each in ("pause", "resume", "abort")
    ),
    *(
        Door("replayplan_decide", BULK, request(each), f"replayplan_decide {each}")
        for each in ("approve", "decline")
    ),
    Door("pause_add", (VIEW, "pause_event"), lambda: ([], PAUSE)),
    Door("pause_resume", (VIEW, "pause_event"), held),
    Door("eventtype_add", ("add_eventtype",), lambda: ([], TYPE)),
    Door("eventtype_change", ("change_eventtype",), event_type(**TYPE)),
    Door("eventtype_delete", ("delete_eventtype",), event_type(post="yes")),
    Door("eventtype_changelist", ("view_eventtype", "delete_eventtype"), many_event_types),
    Door("apikey_add", ("add_apikey",), lambda: ([], KEY)),
    Door("apikey_change", ("change_apikey",), key(**KEY)),
    Door("apikey_changelist", ("change_apikey",), keys("revoke"), "apikey_changelist revoke"),
    Door(
        "apikey_changelist",
        ("add_apikey", "change_apikey"),
        keys("rotate"),
        "apikey_changelist rotate",
    ),
]


@pytest.fixture(autouse=True)
def fresh_event_types(database_at_once: None) -> Iterator[None]:  # noqa: ARG001  # read at once
    event_types.known_event_types.forget()
    yield
    event_types.known_event_types.forget()


def knock(door: Door, dynamodb: FakeDynamoDB, *clients: Client) -> tuple[list[int], bool]:
    """Post what the door is for; return the answers' statuses, and whether anything changed."""
    arguments, form = door.make()
    before = world(dynamodb)
    address = reverse(f"admin:events_{door.address}", args=arguments)
    statuses = [client.post(address, form).status_code for client in clients]
    return statuses, world(dynamodb) != before


def world(dynamodb: FakeDynamoDB) -> list[Any]:
    # Every write takes units, even one that changes nothing.
    stored = [dynamodb.events.units, dynamodb.platform.units]
    return [*stored, *(list(model.objects.order_by("pk").values()) for model in SQL)]


def sign_in(permissions: Iterable[str], **options: Any) -> Client:
    user = User.objects.create_user("eve", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=list(permissions)))
    client = Client(**options)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def addresses() -> Iterator[str]:
    """Return the names of all addresses of the platform's own models."""
    for resolver in admin.site.get_urls():
        patterns = resolver.url_patterns if isinstance(resolver, URLResolver) else []
        for each in patterns:
            if isinstance(each, URLPattern) and (each.name or "").startswith("events_"):
                yield str(each.name).removeprefix("events_")


def test_every_address_is_known_here() -> None:
    assert set(addresses()) == {each.address for each in DOORS} | LOOKING


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_it_opens_with_its_permissions(door: Door, dynamodb: FakeDynamoDB) -> None:
    (status,), has_changed = knock(door, dynamodb, sign_in(door.permissions))

    assert status in {200, 302}
    assert has_changed


@pytest.mark.parametrize(
    ("door", "missing"),
    [(door, each) for door in DOORS for each in door.permissions],
    ids=str,
)
def test_it_stays_shut_if_one_is_missing(door: Door, missing: str, dynamodb: FakeDynamoDB) -> None:
    held = Permission.objects.exclude(codename=missing).filter(codename__in=door.permissions)
    _, has_changed = knock(door, dynamodb, sign_in(held.values_list("codename", flat=True)))

    assert not has_changed


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_it_stays_shut_to_those_who_may_only_look(door: Door, dynamodb: FakeDynamoDB) -> None:
    looking = Permission.objects.filter(
        codename__startswith="view_", content_type__app_label="events"
    )
    _, has_changed = knock(door, dynamodb, sign_in(looking.values_list("codename", flat=True)))

    assert not has_changed


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_it_stays_shut_without_a_token_and_to_strangers(door: Door, dynamodb: FakeDynamoDB) -> None:
    without_token = sign_in(door.permissions, enforce_csrf_checks=True)

    assert knock(door, dynamodb, without_token, Client()) == ([403, 302], False)
