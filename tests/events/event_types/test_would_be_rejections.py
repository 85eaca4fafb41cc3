from collections.abc import Iterator

import pytest

from events.services import would_be_rejections
from events.services.would_be_rejections import tally
from events.store import would_be_rejections as store
from tests.factories import TENANT


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(would_be_rejections, "_KEYS_LIMIT", 1)
    monkeypatch.setattr(tally, "_start", lambda: None)
    tally.forget()
    yield
    tally.forget()


def note(event_type: str) -> None:
    tally.note(tenant=TENANT, event_type=event_type, version=1, faults=[])


def noted() -> dict[tuple[str, int], int]:
    return {key: each.count for key, each in store.read(tenant=TENANT).items()}


@pytest.mark.usefixtures("dynamodb", "one_at_a_time")
def test_it_forgets_nothing_that_gives_way_to_others() -> None:
    for name in ("a", "a", "b", "a"):
        note(name)
        tally.flush()

    assert noted() == {("a", 1): 3, ("b", 1): 1}


@pytest.mark.usefixtures("dynamodb", "one_at_a_time")
def test_it_tells_once_what_it_has_no_room_for(caplog: pytest.LogCaptureFixture) -> None:
    for name in "abc":
        note(name)
    tally.flush()

    assert noted() == {("a", 1): 1}
    assert caplog.text.count("would_be_rejections_dropped") == 1
