import pytest
from django.urls import reverse

from events import services
from tests.events.admin.conftest import sign_in
from tests.factories import make_dead_event
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_place")]

INDEX = reverse("admin:index")


def test_it_shows_figures_charts_and_groups() -> None:
    make_dead_event()
    services.flush_counters()
    shown = sign_in("ada", "view").get(INDEX).content.decode()

    assert shown.count("<svg viewBox") >= 3
    for each in ("Accepted, last hour", "Dead-letter queue", "Error groups", "Slowest types"):
        assert each in shown


def test_a_refresh_gets_the_moving_part_alone() -> None:
    shown = sign_in("ada", "view").get(INDEX, headers={"X-Refresh": "1"}).content.decode()

    assert 'id="live"' in shown
    assert "<html" not in shown


def test_it_says_when_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True

    assert "does not answer" in sign_in("ada", "view").get(INDEX).content.decode()


def test_it_tells_nothing_to_whoever_may_not_view() -> None:
    shown = sign_in("eve").get(INDEX).content.decode()

    assert "no permission to see events" in shown
    assert "<svg viewBox" in shown
    assert "Dead-letter queue" not in shown
