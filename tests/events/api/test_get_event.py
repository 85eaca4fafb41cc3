from dataclasses import replace
from datetime import UTC, datetime

from events import errors
from events.event import Attempt, AttemptError, Outcome, Replay, Status
from tests.events.api.conftest import APIClient
from tests.events.api.fakes import EVENT_ID, RECEIVED_AT, FakeDomain, make_event


def test_it_shows_the_fields_in_their_order(api: APIClient, domain: FakeDomain) -> None:
    domain.event = make_event(payload_json='{"a": 1}')

    answer = api.get(f"/events/{EVENT_ID}")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json().items()) == [
        ("event_id", EVENT_ID),
        ("event_type", "order.created"),
        ("source", None),
        ("subject", None),
        ("tenant", "default"),
        ("payload", {"a": 1}),
        ("payload_version", 1),
        ("status", "pending"),
        ("generation", 1),
        ("received_at", "2026-01-02T03:04:05.000060Z"),
        ("updated_at", "2026-01-02T03:04:05.000060Z"),
        ("process_at", None),
        ("next_attempt_at", None),
        ("expires_at", "2026-02-01T03:04:05.000060Z"),
        ("result", None),
        ("attempt_count", 0),
        ("attempts", []),
        ("replays", []),
        ("payload_versions", []),
        ("is_erased", False),
        ("erasures", []),
    ]


def test_it_shows_attempts_without_tracebacks(api: APIClient, domain: FakeDomain) -> None:
    error = AttemptError(type="ValueError", message="no", fingerprint="f1", traceback="secret")
    attempt = Attempt(
        number=1,
        generation=2,
        token="secret",
        worker="host:1",
        version="v1",
        started_at=RECEIVED_AT,
        ended_at=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
        outcome=Outcome.FAILED,
        error=error,
    )
    running = replace(attempt, number=2, ended_at=None, outcome=None, error=None)
    domain.event = make_event(status=Status.PROCESSING, attempts=(attempt, running))

    answer = api.get(f"/events/{EVENT_ID}")

    assert list(answer.json()["attempts"][0].items()) == [
        ("number", 1),
        ("generation", 2),
        ("worker", "host:1"),
        ("version", "v1"),
        ("started_at", "2026-01-02T03:04:05.000060Z"),
        ("ended_at", "2026-01-02T03:04:06.000000Z"),
        ("outcome", "failed"),
        ("error", {"type": "ValueError", "message": "no", "fingerprint": "f1"}),
    ]
    assert answer.json()["attempts"][1]["outcome"] is None
    assert answer.json()["attempts"][1]["error"] is None
    assert b"secret" not in answer.content


def test_it_shows_replays(api: APIClient, domain: FakeDomain) -> None:
    replay = Replay(generation=2, replayed_at=RECEIVED_AT, actor="ann", reason="bug fixed")
    domain.event = make_event(replays=(replay,))

    assert api.get(f"/events/{EVENT_ID}").json()["replays"] == [
        {
            "generation": 2,
            "replayed_at": "2026-01-02T03:04:05.000060Z",
            "actor": "ann",
            "reason": "bug fixed",
            "payload_version": 1,
            "plan_id": None,
        }
    ]


def test_it_returns_payload_and_result_byte_for_byte(api: APIClient, domain: FakeDomain) -> None:
    text = '{"big": 123456789012345678901234567890, "f": 1.10, "u": "\\u00e9 é 😀", "e": 1E400}'
    domain.event = make_event(payload_json=text, result_json=text)

    content = api.get(f"/events/{EVENT_ID}").content

    assert f'"payload":{text},'.encode() in content
    assert f'"result":{text},'.encode() in content


def test_it_shows_an_erased_payload_as_null(api: APIClient, domain: FakeDomain) -> None:
    domain.event = make_event(payload_json=None)

    assert api.get(f"/events/{EVENT_ID}").json()["payload"] is None


def test_it_knows_no_event_of_an_unknown_id(api: APIClient) -> None:
    for event_id in (EVENT_ID, "no-id", "%00", "%ff", "🙂", "x" * 4_000):
        answer = api.get(f"/events/{event_id}")

        assert (answer.status_code, answer.json()["code"]) == (404, "event_not_found")


def test_it_says_when_the_store_is_away(api: APIClient, domain: FakeDomain) -> None:
    domain.error = errors.StoreUnavailable()

    answer = api.get(f"/events/{EVENT_ID}")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_it_answers_head_without_a_body(api: APIClient, domain: FakeDomain) -> None:
    domain.event = make_event()

    answer = api.head(f"/events/{EVENT_ID}")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0
