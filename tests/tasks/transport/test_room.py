"""Polling waits for free slots, and goes on as soon as there are enough."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.transport.channel import Channel


class Room:
    """A channel's free slots, and what its event loop was asked to call."""

    prefetch_count = 32

    def __init__(self) -> None:
        self.free_slots = 20
        self.calls: list[Callable[[], None]] = []
        self.done: list[str] = []
        self.pauses: list[float] = []

    def can_consume_max_estimate(self) -> int:
        return self.free_slots

    def call_later(self, seconds: float, *_: object) -> Any:
        self.pauses.append(seconds)
        return self.pause()

    def pause(self) -> Any:
        return SimpleNamespace(cancel=lambda: self.done.append("cancelled"))


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def channel(room: Room, monkeypatch: pytest.MonkeyPatch) -> Any:
    made: Any = Channel.__new__(Channel)
    # There is no connection that its end would have to close.
    made.closed = True
    made.hub = SimpleNamespace(call_soon=room.calls.append, call_later=room.call_later)
    made.connection = SimpleNamespace(polling_interval=0.05)
    monkeypatch.setattr(made, "_outages", {}, raising=False)
    monkeypatch.setattr(made, "_qos", room, raising=False)
    monkeypatch.setattr(made, "_paused_polls", {"work": room.pause()}, raising=False)
    monkeypatch.setattr(made, "_schedule_queue", room.done.append)
    return made


def test_it_goes_on_at_once_when_enough_is_free(channel: Any, room: Room) -> None:
    channel.room_was_made()
    for call in room.calls:
        call()

    assert room.done == ["cancelled", "work"]


def test_it_wakes_nobody_while_too_little_is_free(channel: Any, room: Room) -> None:
    room.free_slots = 9

    channel.room_was_made()

    assert room.calls == []


def test_it_wakes_nobody_while_no_poll_waits(
    channel: Any, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "_paused_polls", {})

    channel.room_was_made()

    assert room.calls == []


def test_it_waits_for_room_rather_than_asking_for_few(channel: Any, room: Room) -> None:
    room.free_slots = 9

    channel._loop1("work", 10)  # noqa: SLF001  # kombu's own seam

    assert room.pauses == [0.25]
    assert room.calls == []


def test_it_sees_room_that_was_made_before_the_pause(
    channel: Any, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_slots = iter([9, 10])
    monkeypatch.setattr(room, "can_consume_max_estimate", lambda: next(free_slots))

    channel._loop1("work", 10)  # noqa: SLF001  # as above

    assert len(room.calls) == 1
