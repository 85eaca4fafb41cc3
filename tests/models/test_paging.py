import os
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from events import clock, queries, services
from events.event import Event, Status
from events.queries import EventFilter, listing
from events.store import connection, shards
from events.store.models import PlatformItem
from tests.factories import accept_event, bury, claim_event, replay_event, retry
from tests.fake_dynamodb import FakeDynamoDB

_IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
_SETTINGS = settings(
    max_examples=5_000 if _IS_LONG else 120,
    # The same examples each time: no commit is refused for bad luck.
    derandomize=not _IS_LONG,
    database=None,
    print_blob=True,
    phases=[Phase.generate, Phase.shrink] if _IS_LONG else [Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
FILTERS: list[dict[str, Any]] = [
    {},
    {"event_type": "order.paid"},
    {"event_types": ("order.*",)},
    {"event_types": ("order.paid", "invoice.sent")},
    {"source": "shop"},
    *({"status": status} for status in Status),
    {"status": Status.DEAD, "event_type": "order.paid"},
    {"status": Status.RETRYING, "source": "shop"},
]
TYPES = ("order.paid", "order.created", "invoice.sent")
MOST_EVENTS = 60
MOST_SHARDS = 7


class Writers:
    """What other hosts do meanwhile: each with its own clock and its own count of shards."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.tenant = uuid.uuid4().hex
        self.events: dict[str, Event] = {}
        self.changed: set[str] = set()
        # What DynamoDB has stored and not brought to its indexes yet.
        self.late: set[str] = set()

    def act(self, draw: Callable[..., Any]) -> None:
        actions = (self.write, self.write, self.move, self.catch_up, self.grow)
        for _ in range(draw(st.integers(0, 5))):
            draw(st.sampled_from(actions))(draw)

    def write(self, draw: Callable[..., Any]) -> None:
        if len(self.events) >= MOST_EVENTS:
            return
        skew = timedelta(seconds=draw(st.integers(-3, 3)))
        now = clock.now()
        with self._patch.context() as host:
            host.setattr(clock, "now", lambda: now + skew)
            host.setattr(shards, "_count", draw(st.integers(1, shards.read_shard_count())))
            event_id = accept_event(
                tenant=self.tenant,
                event_type=draw(st.sampled_from(TYPES)),
                source=draw(st.sampled_from([None, "shop"])),
            )
        self._look_at(event_id)
        if draw(st.booleans()):
            self.late.add(event_id)

    def move(self, draw: Callable[..., Any]) -> None:
        """Let an event's life go on."""
        if not self.events:
            return
        event = self.events[draw(st.sampled_from(sorted(self.events)))]
        if event.status.is_terminal:
            replay_event(event.event_id, tenant=self.tenant)
        elif event.status is Status.PENDING:
            claimed = claim_event(event.event_id, generation=event.generation)
            ends: list[Callable[[Any], bool]] = [retry_later, bury, finish, lambda _: True]
            assert draw(st.sampled_from(ends))(claimed)
        self._look_at(event.event_id)
        self.changed.add(event.event_id)

    def catch_up(self, draw: Callable[..., Any]) -> None:  # noqa: ARG002  # as the others
        self.late.clear()

    def grow(self, draw: Callable[..., Any]) -> None:
        shards.raise_shard_count(draw(st.integers(1, MOST_SHARDS)))

    def visible(self, event_filter: EventFilter) -> set[str]:
        shown = [each for each in self.events.values() if each.event_id not in self.late]
        return {each.event_id for each in shown if event_filter.matches(each)}

    def _look_at(self, event_id: str) -> None:
        self.events[event_id] = queries.get_event(event_id, tenant=self.tenant)


def finish(claimed: Any) -> bool:
    return services.finish_event(claimed, result_json=None)


def retry_later(claimed: Any) -> bool:
    return retry(claimed, wait_seconds=600)


def pages(
    writers: Writers, *, draw: Callable[..., Any], event_filter: EventFilter, limit: int
) -> Iterator[queries.EventPage]:
    """Read a list to its end, with the writers at work after each page."""
    direction, place = draw(st.sampled_from([("before", None), ("after", "0")]))
    while True:
        page = queries.list_events(
            tenants=[writers.tenant], event_filter=event_filter, limit=limit, **{direction: place}
        )
        yield page
        place = page.next_key
        if place is None:
            return
        writers.act(draw)


def start_over(patch: pytest.MonkeyPatch, count: int) -> None:
    """Set the count of shards, which may only be raised; each example has a tenant of its own."""
    # A process that has seen the last example's count would write where nobody looks in this one.
    patch.setattr(shards, "_count", count)
    texts = {"kind": {"S": "setting"}, "name": {"S": "shards"}}
    item = {**texts, "count": {"N": str(count)}}
    connection.call("put_item", TableName=PlatformItem.Meta.table_name, Item=item)


def hide_late_entries(patch: pytest.MonkeyPatch, writers: Writers) -> None:
    call = connection.call

    def call_without(operation: str, **arguments: Any) -> Any:
        answer = call(operation, **arguments)
        if operation == "query":
            items = [each for each in answer["Items"] if each["event_id"]["S"] not in writers.late]
            answer = {**answer, "Items": items}
        return answer

    patch.setattr(connection, "call", call_without)


@pytest.mark.both_stores
@pytest.mark.timeout(7_200 if _IS_LONG else 180)
@pytest.mark.usefixtures("dispatcher", "store")
def test_it_misses_and_repeats_nothing_while_events_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Over the wire each example takes a hundred times as long.
    is_fake = isinstance(connection.client(), FakeDynamoDB)

    @settings(_SETTINGS, max_examples=_SETTINGS.max_examples if is_fake else 25)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        draw = data.draw
        with monkeypatch.context() as patch:
            writers = Writers(patch)
            hide_late_entries(patch, writers)
            patch.setattr(listing, "EXAMINED_LIMIT", draw(st.sampled_from([2, 5, 2_000, 2_000])))
            patch.setattr(listing, "_EXAMINED_AT_ONCE", 2)
            start_over(patch, draw(st.integers(1, 3)))
            for _ in range(draw(st.integers(1, 12))):
                writers.act(draw)
            event_filter = EventFilter(**draw(st.sampled_from(FILTERS)))
            limit = draw(st.integers(1, 5))
            shown: list[str] = []
            # A reader that has not heard of more shards.
            patch.setattr(shards, "_count", 1)
            expected = writers.visible(event_filter)
            writers.changed.clear()
            for page in pages(writers, draw=draw, event_filter=event_filter, limit=limit):
                sort_keys = [queries.sort_key_of(each) for each in page.events]
                assert sort_keys == sorted(sort_keys, reverse=True)[:limit]
                shown += [each.event_id for each in page.events]
            if event_filter.status is not None:
                expected -= writers.changed

            assert len(shown) == len(set(shown))
            assert expected <= set(shown)

    check()
