import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.events.admin.conftest import sign_in
from tests.events.test_list_events_costs import fill
from tests.factories import TENANT, accept_event, make_dead_event, make_succeeded_event
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_place")]

LIST = "admin:events_event_changelist"
ID = re.compile(r"<code>([0-9a-f-]{36})</code>")


def look(client: Client, **asked: str) -> Any:
    answer = client.get(reverse(LIST), {"tenant": TENANT, **asked})
    assert answer.status_code == 200, answer
    return answer


def ids_of(answer: Any) -> list[str]:
    return ID.findall(answer.content.decode())


def calls_of(dynamodb: FakeDynamoDB, client: Client, **asked: str) -> dict[str, int]:
    dynamodb.calls.clear()
    look(client, **asked)
    return dict(dynamodb.calls)


def test_it_shows_the_newest_first() -> None:
    ids = [accept_event() for _ in range(3)]

    assert ids_of(look(sign_in("ada", "view"))) == ids[::-1]


def test_it_filters_by_status_type_source_and_error() -> None:
    dead = make_dead_event(event_type="order.paid", source="/shop")
    make_succeeded_event()
    client = sign_in("ada", "view")

    for asked in ({"status": "dead"}, {"type": "order.paid"}, {"source": "/shop"}):
        assert ids_of(look(client, **asked)) == [dead]
    assert ids_of(look(client, error="f" * 16)) == [dead]
    assert ids_of(look(client, within="1h", status="succeeded")) != []


@pytest.mark.parametrize(
    "asked", [{"status": "odd"}, {"error": "odd"}, {"from": "odd"}, {"within": "odd"}]
)
def test_it_says_what_is_wrong_with_a_filter(asked: dict[str, str]) -> None:
    accept_event()
    answer = look(sign_in("ada", "view"), **asked)

    assert ids_of(answer) == []
    assert "odd" in answer.content.decode()


def test_it_finds_by_id_and_by_idempotency_key() -> None:
    keyed = accept_event(idempotency_key="order-7")
    other = accept_event()
    client = sign_in("ada", "view")

    assert ids_of(look(client, q="order-7")) == [keyed]
    assert ids_of(look(client, q=f" {other.upper()} ")) == [other]
    assert ids_of(look(client, q=other)) == [other]
    assert ids_of(look(client, q="nothing")) == []


def test_it_pages_forth_and_back_without_a_gap() -> None:
    ids = [accept_event() for _ in range(120)][::-1]
    client = sign_in("ada", "view")
    pages = [look(client)]
    while (url := pages[-1].context["cl"].older_url) is not None:
        pages.append(client.get(reverse(LIST) + url))

    assert [each for page in pages for each in ids_of(page)] == ids
    assert ids_of(client.get(reverse(LIST) + pages[1].context["cl"].newer_url)) == ids[:50]


def test_it_refuses_a_forged_place() -> None:
    accept_event()

    assert len(ids_of(look(sign_in("ada", "view"), before="forged"))) == 1


@pytest.mark.timeout(300)
def test_it_takes_the_same_calls_however_many_events_there_are(dynamodb: FakeDynamoDB) -> None:
    accept_event(source="shop")
    client = sign_in("ada", "view")
    asked: list[dict[str, str]] = [{}, {"status": "dead"}, {"type": "order.created"}]
    fill(dynamodb, 1_000)
    of_thousand = [calls_of(dynamodb, client, **each) for each in asked]
    fill(dynamodb, 100_000)

    assert [calls_of(dynamodb, client, **each) for each in asked] == of_thousand
    assert "scan" not in dynamodb.calls


def test_it_says_when_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True

    assert "does not answer" in look(sign_in("ada", "view")).content.decode()


def test_it_is_for_those_who_may_view() -> None:
    assert sign_in("eve").get(reverse(LIST)).status_code == 403
