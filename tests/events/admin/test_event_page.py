import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from pytest_django import Settings

from events import services, tracing
from tests.events.admin.conftest import sign_in
from tests.factories import (
    accept_event,
    claim_event,
    get_event,
    make_dead_event,
    replay_event,
    retry,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_place")]

SECRET = '{"password": "hunter2", "total": 12.50, "n": 12345678901234567890}'
HOSTILE = '{"x": "<script>alert(1)</script>", "y": "\\"><img src=x onerror=alert(1)>"}'


def page(event_id: str) -> str:
    return reverse("admin:events_event_change", args=[event_id])


def show(event_id: str, *permissions: str) -> str:
    return sign_in("ada", "view", *permissions).get(page(event_id)).content.decode()


def test_it_tells_what_happened_and_why_it_is_here() -> None:
    event_id = make_dead_event()
    replay_event(event_id, reason="the bug is fixed")
    shown = show(event_id)

    for each in ("Attempt 1 failed", "ValueError", "at line 1", "the bug is fixed", "Generation 2"):
        assert each in shown
    assert 'class="card why"' in shown


def test_it_masks_secrets_and_keeps_every_digit() -> None:
    shown = show(accept_event(payload_json=SECRET))

    assert "hunter2" not in shown
    assert "12.50" in shown
    assert "12345678901234567890" in shown


def test_it_reveals_to_whoever_may_and_logs_it() -> None:
    event_id = accept_event(payload_json=SECRET)
    address = reverse("admin:events_event_reveal", args=[event_id])

    assert sign_in("eve", "view").post(address).status_code == 403
    assert "hunter2" in sign_in("ada", "view", "reveal").post(address).content.decode()
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user.get_username()) == (event_id, "ada")


def test_it_lets_no_payload_become_html() -> None:
    event_id = accept_event(payload_json=HOSTILE, source="<svg/onload=alert(1)>")
    shown = show(event_id)

    for each in ("<script>alert", "<img src=x", "<svg/onload"):
        assert each not in shown


def test_it_links_trace_and_logs_where_there_are_any(settings: Settings) -> None:
    event_id = accept_event()

    assert "Open the trace" not in show(event_id)
    settings.TRACE_URL = 'https://traces/?q="><script>{event_id}'
    settings.LOGS_URL = "https://logs/?a=1&event={event_id}"
    shown = sign_in("bob", "view").get(page(event_id)).content.decode()
    assert f'href="https://traces/?q=&quot;&gt;&lt;script&gt;{event_id}"' in shown
    assert f'href="https://logs/?a=1&amp;event={event_id}"' in shown


def test_it_refreshes_an_open_event_only() -> None:
    open_id, dead_id = accept_event(), make_dead_event()
    client = sign_in("ada", "view")

    assert "data-refresh" in client.get(page(open_id), headers={"X-Refresh": "1"}).content.decode()
    assert "data-refresh" not in client.get(page(dead_id)).content.decode()


def test_it_refreshes_facts_and_result_with_the_rest() -> None:
    address = page(accept_event())
    shown = sign_in("ada", "view").get(address, headers={"X-Refresh": "1"}).content.decode()

    assert "Attempts in all" in shown


def test_it_is_not_refreshed_once_it_is_revealed() -> None:
    address = reverse("admin:events_event_reveal", args=[accept_event()])

    assert "data-refresh" not in sign_in("ada", "view", "reveal").post(address).content.decode()


def test_it_sends_back_whoever_asks_for_no_event() -> None:
    answer = sign_in("ada", "view").get(page("nothing"), follow=True)

    assert "There is no event nothing" in answer.content.decode()


def test_it_shows_a_wait_before_the_next_attempt() -> None:
    event_id = accept_event()
    assert retry(claim_event(event_id), wait_seconds=60)

    assert "Waiting" in show(event_id)


def test_it_marks_an_open_event_dead_out_of_any_hands() -> None:
    event_id = accept_event()
    claimed = claim_event(event_id)
    services.mark_event_dead(event_id=event_id, actor="ada", reason="wrong")

    assert get_event(event_id).status == "dead"
    assert not services.finish_event(claimed, result_json=None)
    assert "ada: wrong" in get_event(event_id).attempts[-1].error.message  # type: ignore[union-attr]


def test_it_points_to_the_trace_that_an_event_has(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRACE_URL = "https://traces.example.com/trace/{trace_id}"
    client = sign_in("ada", "view")
    untraced = client.get(page(accept_event())).content.decode()
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    monkeypatch.setattr(tracing, "traceparent", lambda: f"00-{trace_id}-00f067aa0ba902b7-01")
    address = page(accept_event())

    assert "traces.example.com" not in untraced
    link = f'href="https://traces.example.com/trace/{trace_id}"'
    assert link in client.get(address).content.decode()
    settings.TRACE_URL = ""
    assert trace_id in client.get(address).content.decode()
