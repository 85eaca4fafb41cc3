import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from events import queries
from events.models import ReplayRequest
from tests.events.admin.conftest import sign_in
from tests.factories import TENANT, make_dead_event

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_place")]

ADD = reverse("admin:events_replayplan_add")
FILTER = {"tenant": TENANT, "event_type": "order.created"}
MAY = ("view", "replay", "bulk_replay")


def make(client: Client, **fields: object) -> str:
    form = {**FILTER, "reason": "fixed", "rate": 50, "confirm_count": 1, **fields}
    return client.post(ADD, form, follow=True).content.decode()


def test_its_dry_run_counts_and_changes_nothing() -> None:
    event_id = make_dead_event()
    shown = sign_in("ada", *MAY).get(ADD, FILTER).content.decode()

    assert event_id in shown
    assert queries.list_replay_plans(tenant=TENANT) == []


def test_it_is_made_paused_resumed_and_aborted_in_the_history() -> None:
    make_dead_event()
    client = sign_in("ada", *MAY)
    make(client)
    (plan,) = queries.list_replay_plans(tenant=TENANT)
    for change, state in (("pause", "paused"), ("resume", "running"), ("abort", "aborted")):
        name = f"{TENANT}:{plan.plan_id}"
        client.post(reverse("admin:events_replayplan_state", args=[name, change]))
        assert queries.get_replay_plan(plan.plan_id, tenant=TENANT).state == state

    messages = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(messages) == ["Made: fixed", "Paused.", "Resumed.", "Aborted."]


def test_it_refuses_an_empty_filter() -> None:
    shown = make(sign_in("ada", *MAY), event_type="", status="")

    assert "Narrow it" in shown


def test_a_large_one_waits_for_a_second_person(settings: Settings) -> None:
    settings.REPLAY_APPROVE_ABOVE = 1
    for _ in range(2):
        make_dead_event()
    ada, bob = sign_in("ada", *MAY), sign_in("bob", *MAY)
    make(ada)
    asked = ReplayRequest.objects.get()
    approve = reverse("admin:events_replayplan_decide", args=[asked.pk, "approve"])
    alone = ada.post(approve, follow=True).content.decode()

    assert "somebody else has to agree" in alone
    assert queries.list_replay_plans(tenant=TENANT) == []
    bob.post(approve)
    (plan,) = queries.list_replay_plans(tenant=TENANT)
    assert (plan.actor, plan.reason) == ("ada", "fixed (agreed to by bob)")
    assert "already" in bob.post(approve, follow=True).content.decode()
