import uuid
from typing import Any

import pytest

from events.identity import fingerprint, is_event_id, keyed_event_id, new_event_id


def make_fingerprint(**fields: Any) -> str:
    defaults = {"event_type": "a.b", "source": None, "subject": None, "payload_json": '{"a": 1}'}
    return fingerprint(**defaults | fields)


def test_it_makes_fresh_ids_that_sort_by_time() -> None:
    ids = [new_event_id() for _ in range(1_000)]

    assert ids == sorted(set(ids))
    assert uuid.UUID(ids[0]).version == 7


def test_it_makes_the_same_id_of_a_key_in_every_process_and_release() -> None:
    assert keyed_event_id("acme", "order-7") == "c3108d1b-89fe-833b-96ec-af8b105feaa3"


def test_it_marks_keyed_ids_as_hashed() -> None:
    event_id = uuid.UUID(keyed_event_id("acme", "order-7"))

    assert (event_id.version, event_id.variant) == (8, uuid.RFC_4122)


def test_it_keeps_tenant_and_key_apart() -> None:
    assert keyed_event_id("ab", "c") != keyed_event_id("a", "bc")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "../etc",
        "{01a209f8-a0bd-7743-8c8d-8d47b635fab4}",
        "01A209F8-A0BD-7743-8C8D-8D47B635FAB4",
    ],
)
def test_it_takes_only_the_canonical_form_for_an_id(text: str) -> None:
    assert not is_event_id(text)


def test_it_knows_its_own_ids() -> None:
    assert is_event_id(new_event_id())
    assert is_event_id(keyed_event_id("acme", "order-7"))


@pytest.mark.parametrize("spelling", ['{"a":1}', ' { "a" : 1 } ', '{"\\u0061": 1}'])
def test_it_sees_through_spellings_of_json(spelling: str) -> None:
    assert make_fingerprint(payload_json=spelling) == make_fingerprint()


@pytest.mark.parametrize(
    "other",
    [
        {"payload_json": '{"a": 1.0}'},
        {"payload_json": '{"a": "1"}'},
        {"event_type": "a.c"},
        {"source": ""},
        {"subject": ""},
        {"source": "1", "subject": None},
    ],
)
def test_it_tells_events_apart(other: dict[str, Any]) -> None:
    assert make_fingerprint(**other) != make_fingerprint()


def test_it_tells_a_source_from_a_subject() -> None:
    assert make_fingerprint(source="x") != make_fingerprint(subject="x")
