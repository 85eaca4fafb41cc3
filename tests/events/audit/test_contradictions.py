import pytest

from events.queries.contradictions import find_contradictions
from events.store import events
from tests.events.audit.damage import Damage, Item, Stored, damage
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "frozen_clock")


def without(*names: str) -> Damage:
    def change(item: Item) -> None:
        for name in names:
            del item[name]

    return change


def with_value(**values: dict[str, str]) -> Damage:
    return lambda item: item.update(values)


def attempt_of(item: Item) -> Item:
    (attempt,) = item["attempts"]["M"].values()
    found: Item = attempt["M"]
    return found


def end_attempt(outcome: str) -> Damage:
    return lambda item: attempt_of(item).update(o={"S": outcome})


def forget_attempts(item: Item) -> None:
    item["attempts"] = {"M": {}}


DEAD_KEY = with_value(dead_key={"S": "acme#0"})
OWNER = with_value(owner={"S": "a1"})
CASES = [
    ("pending", without("due_at"), "it is pending and recovery cannot find it"),
    ("retrying", without("open_key"), "it is retrying and recovery cannot find it"),
    ("processing", without("claimable_at"), "it is processing and nobody may ever claim it"),
    ("pending", DEAD_KEY, "it is pending and listed among the dead"),
    ("pending", OWNER, "it is pending and an attempt holds it"),
    (
        "pending",
        with_value(claimable_at={"N": "9"}),
        "it is pending and waits for a time that nobody asked for",
    ),
    (
        "pending",
        with_value(attempt_number={"N": "1"}, attempt_count={"N": "1"}),
        "it is pending and 1 attempts have begun",
    ),
    ("processing", without("owner"), "it is processing and no attempt holds it"),
    (
        "processing",
        end_attempt("succeeded"),
        "it is processing and its attempt has succeeded",
    ),
    ("retrying", OWNER, "it is retrying and an attempt holds it"),
    (
        "retrying",
        end_attempt("succeeded"),
        "it is retrying and its last attempt has not failed",
    ),
    (
        "succeeded",
        with_value(open_key={"S": "0"}, due_at={"N": "9"}),
        "it is succeeded and still among the open",
    ),
    (
        "succeeded",
        with_value(claimable_at={"N": "0"}),
        "it is succeeded and may still be claimed",
    ),
    ("succeeded", OWNER, "it is succeeded and an attempt still holds it"),
    ("succeeded", DEAD_KEY, "it is succeeded and is listed among the dead"),
    ("succeeded", end_attempt("failed"), "it is succeeded and its last attempt has not"),
    ("succeeded", forget_attempts, "it is succeeded and its last attempt has not"),
    ("dead", without("dead_key"), "it is dead and is not listed among the dead"),
    ("dead", end_attempt("succeeded"), "it is dead and its last attempt has not failed"),
    (
        "replayed",
        with_value(generation={"N": "3"}),
        "it is in generation 3 and was replayed 1 times",
    ),
    ("replayed", without("replays"), "it is in generation 2 and was replayed 0 times"),
    (
        "dead",
        with_value(attempt_count={"N": "0"}),
        "it has more attempts than the 0 that were counted",
    ),
    (
        "dead",
        with_value(dead_key={"S": "globex#0"}),
        "its dead_key leads lists to another place",
    ),
    (
        "pending",
        with_value(time_key={"S": "acme#99"}),
        "its time_key leads lists to another place",
    ),
    (
        "pending",
        with_value(type_key={"S": "acme#order.paid#0"}),
        "its type_key leads lists to another place",
    ),
    ("pending", without("type_key"), "its type_key leads lists to another place"),
]


def contradictions_of(event_id: str) -> list[str]:
    item = events.read(event_id)
    assert item is not None
    return list(find_contradictions(item, shards=4))


@pytest.mark.parametrize(("name", "change", "told"), CASES)
def test_it_tells_what_contradicts_itself(
    name: str, change: Damage, *, told: str, stored: Stored
) -> None:
    assert contradictions_of(stored[name]) == []
    damage(stored[name], change)

    assert contradictions_of(stored[name]) == [told]


def test_it_has_nothing_against_an_event_that_is_fine(
    stored: Stored, frozen_clock: FrozenClock
) -> None:
    frozen_clock.advance(days=1)

    assert [contradictions_of(each) for each in stored.values()] == [[]] * len(stored)
