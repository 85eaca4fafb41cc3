"""Posting many events at once."""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from events import metrics, services
from events.api.batches import Batch, read_batch
from events.api.caller import Caller
from events.api.errors import Problem, translate
from events.api.event_types import show_warnings
from events.api.media_types import MediaType, media_type_of
from events.api.representations import show_acceptance, show_refusal
from events.api.views.view import View
from events.errors import EventError, Retryable
from events.event import Acceptance, NewEvent
from events.event_types import Fault
from events.json_entries import Entry
from events.strict_json import InvalidJSON


class BatchView(View):
    """``POST /events/batch``."""

    def post(self, request: Request) -> Response:
        return post_batch(self, request, media_type_of(request.META))


def post_batch(view: View, request: Request, media_type: MediaType) -> Response:
    """Accept what can be accepted of a batch, and say of each entry what became of it."""
    view.caller.expect_room()
    batch = read_batch(request.META, media_type)
    # Also for what is refused: to find out what is wrong costs more than to accept it.
    view.caller.take(len(batch.entries))
    readings, faults = _check(
        [_read(entry, batch, view.caller) for entry in batch.entries], view.caller
    )
    outcomes = list(_accept(readings, view.caller))
    _count(outcomes)
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    answer = {
        "results": [
            _show(
                outcome,
                view,
                pointer=f"{batch.pointer}/{place}",
                line=entry.line,
                faults=faults.get(place, ()),
            )
            for place, (outcome, entry) in enumerate(zip(outcomes, batch.entries, strict=True))
        ],
        "failed_count": len(errors),
    }
    if len(errors) == len(outcomes):
        raise _refuse(errors, answer, view)
    return Response(answer, HTTPStatus.ACCEPTED)


def _read(entry: Entry, batch: Batch, caller: Caller) -> NewEvent | Exception:
    try:
        event = batch.read_entry(entry)
        caller.check_event_type(event.event_type)
    except (Problem, InvalidJSON) as error:
        # Their frames know the whole batch, which knows this error: a cycle.
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)
    return event


def _check(
    readings: Sequence[NewEvent | Exception], caller: Caller
) -> tuple[list[NewEvent | Exception], dict[int, list[Fault]]]:
    """Put in place of each event that may not be accepted the reason why not.

    Returns besides, by place, what is wrong with those that may all the same.
    """
    events = {place: each for place, each in enumerate(readings) if isinstance(each, NewEvent)}
    outcomes = services.check_events(list(events.values()), tenant=caller.tenant)
    checked, faults = list(readings), {}
    for place, outcome in zip(events, outcomes, strict=True):
        if isinstance(outcome, EventError):
            checked[place] = outcome
        elif outcome:
            faults[place] = outcome
    return checked, faults


def _accept(
    readings: Sequence[NewEvent | Exception], caller: Caller
) -> Iterator[Acceptance | Exception]:
    """Accept what was read; yield the outcome of each entry, in order."""
    events = [reading for reading in readings if isinstance(reading, NewEvent)]
    accepted = iter(services.accept_events(events, tenant=caller.tenant) if events else ())
    for reading in readings:
        yield next(accepted) if isinstance(reading, NewEvent) else reading


def _count(outcomes: Iterable[Acceptance | Exception]) -> None:
    repeats = [outcome.is_repeat for outcome in outcomes if isinstance(outcome, Acceptance)]
    metrics.count_repeats(sum(repeats))
    metrics.count_new(len(repeats) - sum(repeats))


def _show(
    outcome: Acceptance | Exception,
    view: View,
    *,
    pointer: str,
    line: int | None,
    faults: Sequence[Fault],
) -> dict[str, Any]:
    if isinstance(outcome, Acceptance):
        shown = {**show_acceptance(outcome), "repeated": outcome.is_repeat}
        return {**shown, **show_warnings(outcome.event_type, faults, pointer=pointer)}
    is_retryable = isinstance(outcome, Retryable)
    problem = _translate(outcome, view)
    metrics.EVENTS_REJECTED.labels(problem.code).inc()
    return show_refusal(problem, pointer=pointer, line=line, is_retryable=is_retryable)


def _refuse(errors: Sequence[Exception], answer: dict[str, Any], view: View) -> Problem:
    """Return the problem of a batch of which nothing was accepted: the same answer, and why."""
    for error in errors:
        if isinstance(error, Retryable):
            problem = _translate(error, view)
            problem.members.update(answer)
            return problem
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_batch",
        "No event of the batch was accepted; the results say why.",
        **answer,
    )


def _translate(error: Exception, view: View) -> Problem:
    problem = translate(error, view)
    if problem is None:
        # Nothing that an entry may do to itself: the request as a whole has crashed.
        raise error
    return problem
