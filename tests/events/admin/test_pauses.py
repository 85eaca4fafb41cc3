import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from events import queries, services
from events.pause import Pause, PauseState
from events.services.pauses import end_pause
from tests.events.admin.conftest import sign_in
from tests.factories import TENANT, accept_event
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_place")]

LIST = reverse("admin:events_pause_changelist")
ADD = reverse("admin:events_pause_add")
TYPE = "order.created"


def pause(client: Client, **fields: str) -> str:
    form = {"tenant": "", "event_type": TYPE, "reason": "the shop is down", **fields}
    return client.post(ADD, form, follow=True).content.decode()


def resume(client: Client, rate: str) -> str:
    address = reverse("admin:events_pause_resume", args=[the_pause().pause_id])
    return client.post(address, {"rate": rate}, follow=True).content.decode()


def the_pause() -> Pause:
    (found,) = queries.list_pauses()
    return found


def test_it_pauses_and_resumes_with_both_in_the_history() -> None:
    client = sign_in("ada", "view", "pause")
    pause(client)
    held = the_pause()
    shown = resume(client, "20")

    assert (held.tenant, held.event_type, held.paused_by) == (None, TYPE, "ada")
    assert (the_pause().state, the_pause().rate) == (PauseState.DRAINING, 20)
    assert "going on at 20 a second" in shown
    messages = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(messages) == [
        "Paused order.created of all tenants: the shop is down",
        "Resumed order.created of all tenants, 20 a second.",
    ]


def test_it_says_who_paused_it_before() -> None:
    pause(sign_in("ada", "view", "pause"))
    shown = pause(sign_in("bob", "view", "pause"), reason="another")

    assert "was paused before, by ada: the shop is down" in shown
    assert (the_pause().paused_by, LogEntry.objects.count()) == ("ada", 1)


def test_it_shows_what_waits_and_why() -> None:
    client = sign_in("ada", "view", "pause")
    pause(client, tenant=TENANT)
    accept_event()
    shown = client.get(LIST).content.decode()

    for each in ("order.created of acme", "1 event waits", "the shop is down", "by ada"):
        assert each in shown


def test_an_event_leads_to_the_pause_of_its_type() -> None:
    event_id = accept_event()
    address = reverse("admin:events_event_change", args=[event_id])
    link = f"{ADD}?tenant={TENANT}&amp;event_type={TYPE}"
    client = sign_in("ada", "view", "pause")

    assert link in client.get(address).content.decode()
    assert link not in sign_in("eve", "view").get(address).content.decode()
    shown = client.get(link.replace("&amp;", "&")).content.decode()
    assert f'<option value="{TENANT}" selected' in shown
    assert f'value="{TYPE}"' in shown


def test_the_overview_says_what_is_held_back() -> None:
    client = sign_in("ada", "view", "pause")
    pause(client)

    assert "order.created of all tenants" in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"event_type": ""}, "Choose a tenant, a type or both"),
        ({"event_type": "order.*"}, "errorlist"),
        ({"reason": " "}, "This field is required"),
    ],
)
def test_it_says_what_is_wrong(fields: dict[str, str], fault: str) -> None:
    assert fault in pause(sign_in("ada", "view", "pause"), **fields)
    assert queries.list_pauses() == []


@pytest.mark.parametrize("rate", ["0", "5000", "fast", ""])
def test_it_resumes_at_a_bounded_rate_only(rate: str) -> None:
    client = sign_in("ada", "view", "pause")
    pause(client)

    assert "Events a second:" in resume(client, rate)
    assert the_pause().state == PauseState.PAUSED


def test_it_says_that_a_pause_is_over() -> None:
    client = sign_in("ada", "view", "pause")
    pause(client)
    services.resume_events(the_pause().pause_id, rate=50, actor="ada")
    end_pause(the_pause())

    assert "or it has ended" in resume(client, "50")


def test_it_says_when_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    client = sign_in("ada", "view", "pause")
    dynamodb.is_away = True

    assert "does not answer" in client.get(LIST).content.decode()
    assert client.get(ADD).status_code == 200
