"""Who did what: one list over everything that staff did."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from tests.events.admin.conftest import sign_in
from tests.factories import make_dead_event

pytestmark = pytest.mark.usefixtures("_place")

HISTORY = "admin:admin_logentry_changelist"


def test_it_shows_who_did_what_and_why() -> None:
    event_id = make_dead_event()
    client = sign_in("ada", "view", "replay")
    client.post(
        reverse("admin:events_event_do", args=[event_id, "replay"]),
        {"reason": "the bug is fixed", "_confirmed": "1", "index": "0"},
    )
    User.objects.get(username="ada").user_permissions.add(
        Permission.objects.get(codename="view_logentry")
    )
    shown = client.get(reverse(HISTORY)).content.decode()

    assert "Replayed: the bug is fixed" in shown
    assert ">ada<" in shown
    assert f"/admin/events/event/{event_id}/change/" in shown


def test_it_is_for_those_who_may_see_it_only() -> None:
    assert sign_in("ada", "view").get(reverse(HISTORY)).status_code == 403
