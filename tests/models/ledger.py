"""The model: what was promised and what was seen, and whether the two agree."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from events.event import Acceptance, ClaimedEvent, Status
from events.store import codec
from events.store.parking import parked_at, place_of
from tests.models.virtual_time import VirtualTime

Image = dict[str, Any]
# Two hosts may be so far apart; each is within half of it.
SKEW_MICROSECONDS = 1_000_000
_TENDED_EVERY_SECONDS = 3.5 * 86_400


class Ledger:
    """Remembers every promise, and looks at every change of every event."""

    def __init__(self, time: VirtualTime, *, max_retries: int) -> None:
        self.images: dict[str, Image] = {}
        self.accepted: set[str] = set()
        self.runs: Counter[tuple[str, int]] = Counter()
        self._succeeded: set[tuple[str, int]] = set()
        self._attempts_run: set[tuple[str, int, int]] = set()
        self._bodies: dict[str, str] = {}
        self._time = time
        self._max_retries = max_retries

    @property
    def open_ids(self) -> list[str]:
        return [each for each, image in self.images.items() if not _status(image).is_terminal]

    @property
    def due_times(self) -> list[float]:
        """Return when somebody is to look after each open event, in seconds."""
        return [_due_seconds(_number(self.images[each], "due_at")) for each in self.open_ids]

    @property
    def has_parked(self) -> bool:
        """Say whether an event waits for a pause, or did so for one that has ended."""
        return any(place_of(_number(self.images[each], "due_at")) for each in self.open_ids)

    @property
    def attempt_count(self) -> int:
        return sum(_number(image, "attempt_count") for image in self.images.values())

    @property
    def deaths(self) -> set[tuple[str, int]]:
        """Return the dead events, each with the generation it died in."""
        return {
            (event_id, _number(image, "generation"))
            for event_id, image in self.images.items()
            if _status(image) is Status.DEAD
        }

    def note_acceptance(self, acceptance: Acceptance, body: str) -> None:
        """Hear what a client hears: its event is durable. An id always stands for one body."""
        event_id = acceptance.event_id
        self.accepted.add(event_id)
        earlier = self._bodies.setdefault(event_id, body)
        assert earlier == body, f"{event_id} was accepted with {earlier!r} and with {body!r}"

    def note_refusal(self, event_id: str, body: str) -> None:
        """Hear what a client hears: its key came before with another body."""
        assert self._bodies.get(event_id) != body, f"{event_id} was refused its own body"

    def note_run(self, event: ClaimedEvent) -> None:
        """Take note of a handler that begins to run."""
        generation = (event.event_id, event.generation)
        run = (*generation, event.attempt_number)
        assert run not in self._attempts_run, f"{run} runs twice"
        self._attempts_run.add(run)
        body = self._bodies.get(event.event_id, event.payload_json)
        assert event.payload_json == body, f"{run} runs with another payload"
        self.runs[generation] += 1
        assert self.runs[generation] <= self._max_retries + 1, f"{generation} runs too often"
        # A process that stood still between claim and handler cannot know how long it did.
        stood_still = event.attempts[-1].started_at < self._lease_ago()
        assert generation not in self._succeeded or stood_still, f"{run} runs after a success"

    def note_store(self, items: Iterable[Image]) -> None:
        """Compare the store with what it was before the last step."""
        images = {item["event_id"]["S"]: item for item in items if "status" in item}
        for event_id in self.images.keys() - images.keys():
            assert self._is_expired(self.images[event_id]), f"{event_id} is lost"
            self._forget(event_id)
        for event_id, image in images.items():
            before = self.images.get(event_id)
            if image != before:
                self._note_change(event_id, before, image)
        self.images = images

    def _note_change(self, event_id: str, before: Image | None, after: Image) -> None:
        generation = _number(after, "generation")
        if before is None or _received(before) != _received(after):
            self._forget(event_id)
            assert (_status(after), generation) == (Status.PENDING, 1)
            return
        if generation != _number(before, "generation"):
            assert generation == _number(before, "generation") + 1
            assert _status(before).is_terminal, f"{event_id} was replayed while open"
            assert (_status(after), _number(after, "attempt_number")) == (Status.PENDING, 0)
        else:
            self._note_move(event_id, before, after)
        if _status(after) is Status.SUCCEEDED:
            self._succeeded.add((event_id, generation))
        _check_numbers(after)

    def _note_move(self, event_id: str, before: Image, after: Image) -> None:
        number = _number(after, "attempt_number")
        if _status(before).is_terminal:
            assert _status(after) is _status(before), f"{event_id} moved after its end"
        if after.get("owner", before.get("owner")) == before.get("owner"):
            assert number == _number(before, "attempt_number"), f"{event_id} counted without owner"
            return
        assert number == _number(before, "attempt_number") + 1
        claimable_at = _number(before, "claimable_at")
        assert claimable_at <= self._time.microseconds + SKEW_MICROSECONDS, f"{event_id} was stolen"

    def _forget(self, event_id: str) -> None:
        """Forget an event whose time is over; its id may come again, with its key."""
        self.accepted.discard(event_id)
        self._bodies.pop(event_id, None)
        self._succeeded = {each for each in self._succeeded if each[0] != event_id}
        self._attempts_run = {each for each in self._attempts_run if each[0] != event_id}
        for generation in [each for each in self.runs if each[0] == event_id]:
            del self.runs[generation]

    def _is_expired(self, image: Image) -> bool:
        return _number(image, "expires_at") <= self._time.time() + 1

    def _lease_ago(self) -> Any:
        lease = settings.LEASE_SECONDS * 1_000_000
        return codec.from_microseconds(self._time.microseconds - lease + SKEW_MICROSECONDS)


def _due_seconds(due_at: int) -> float:
    place = place_of(due_at)
    waits_since = (due_at - parked_at(place, 0)) / 1_000_000
    # One that waits for a pause is tended before it can expire.
    return waits_since + bool(place) * _TENDED_EVERY_SECONDS


def _status(image: Image) -> Status:
    return Status(image["status"]["S"])


def _check_numbers(image: Image) -> None:
    """Look whether attempts are numbered from 1 in each generation, without gaps."""
    numbers: dict[int, list[int]] = {}
    attempts = codec.to_attempts(codec.read_item(image))
    for attempt in attempts:
        numbers.setdefault(attempt.generation, []).append(attempt.number)
    for generation, found in numbers.items():
        assert found == list(range(1, len(found) + 1)), f"{generation}: {found}"
    newest = numbers.get(_number(image, "generation"), [])
    assert len(newest) == _number(image, "attempt_number")


def _number(image: Image, name: str) -> int:
    return int(image[name]["N"])


def _received(image: Image) -> str:
    return str(image["sort_key"]["S"])
