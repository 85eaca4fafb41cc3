import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from events.admin import error_groups
from events.event import AttemptError
from events.services.error_groups import Tally
from tests.events.admin.conftest import sign_in
from tests.factories import TENANT, make_dead_event
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_place")]

LIST = reverse("admin:events_errorgroup_changelist")
HOSTILE = AttemptError(
    type="OSError", message="<script>alert(1)</script>", fingerprint="e" * 16, traceback=""
)
LINK = re.compile(r'rel="next" href="([^"]+)"')


def look(client: Client, address: str = LIST, **asked: str) -> str:
    answer: Any = client.get(address, asked or None)
    assert answer.status_code == 200, answer
    return str(answer.content.decode())


def test_it_counts_failures_of_a_kind_and_leads_to_their_events(error_tally: Tally) -> None:
    first, second = make_dead_event(), make_dead_event()
    error_tally.flush()
    client = sign_in("ada", "view", "bulk_replay")
    shown = look(client, tenant=TENANT)
    (dead,) = re.findall(r'href="([^"]+)">Dead events', shown)
    (replay,) = re.findall(r'href="([^"]+)">Replay</a>', shown)

    assert '<td class="right number">2</td>' in shown
    events = look(client, dead.replace("&amp;", "&"))
    assert first in events
    assert second in events
    assert 'id="dry-run-count">2<' in look(client, replay.replace("&amp;", "&"))


def test_it_offers_no_replay_to_those_who_may_not(error_tally: Tally) -> None:
    make_dead_event()
    error_tally.flush()

    shown = look(sign_in("eve", "view", "replay"), tenant=TENANT)
    assert "Dead events</a>" in shown
    assert "Replay</a>" not in shown


def test_it_lets_no_message_become_html(error_tally: Tally) -> None:
    make_dead_event(error=HOSTILE)
    error_tally.flush()

    shown = look(sign_in("ada", "view"), tenant=TENANT)
    assert "&lt;script&gt;alert" in shown
    assert "<script>alert" not in shown


def test_it_pages_through_the_chosen_tenant_only(
    error_tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_groups, "_PER_PAGE", 1)
    make_dead_event()
    make_dead_event(error=HOSTILE)
    make_dead_event(tenant="globex", event_type="globex.only")
    error_tally.flush()
    client = sign_in("ada", "view")
    first = look(client, tenant=TENANT, order="most")
    (more,) = LINK.findall(first)
    second = look(client, LIST + more.replace("&amp;", "&"))

    assert {"ValueError", "OSError"} == set(re.findall(r"ValueError|OSError", first + second))
    assert not LINK.findall(second)
    assert "globex.only" not in first + second


def test_a_group_is_its_dead_events() -> None:
    address = reverse("admin:events_errorgroup_change", args=[f"{TENANT}:{'f' * 16}"])
    answer = sign_in("ada", "view").get(address)

    assert answer["Location"].endswith(f"?status=dead&tenant={TENANT}&error={'f' * 16}")


def test_it_says_when_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True

    assert "does not answer" in look(sign_in("ada", "view"))


def test_it_is_for_those_who_may_view() -> None:
    assert sign_in("eve").get(LIST).status_code == 403
