from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from events import queries
from events.pause import PauseState
from tests.factories import TENANT, accept_event
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

WHAT = ("--tenant", TENANT, "--event-type", "order.created")
WHY = ("--reason", "shop is down")


def run(command: str, *arguments: str) -> str:
    output = StringIO()
    call_command(command, *arguments, stdout=output, stderr=StringIO())
    return output.getvalue()


def refusal_of(command: str, *arguments: str) -> tuple[str, int]:
    with pytest.raises(CommandError) as refused:
        run(command, *arguments)
    return str(refused.value), refused.value.returncode


def the_pause_id() -> str:
    (pause,) = queries.list_pauses()
    return pause.pause_id


def test_it_pauses() -> None:
    output = run("pause", *WHAT, *WHY)
    accept_event()

    (pause,) = queries.list_pauses()
    assert output.startswith(f"{pause.pause_id}  {TENANT}/order.created  paused, 0 events wait\n")
    assert pause.paused_by.startswith("manage.py (")
    assert "paused, 1 events wait" in run("pause", "--list")


def test_it_resumes_at_a_rate() -> None:
    run("pause", *WHAT, *WHY)
    output = run("resume", the_pause_id(), "--rate", "7")

    (pause,) = queries.list_pauses()
    assert (pause.state, pause.rate) == (PauseState.DRAINING, 7)
    assert "draining at 7 a second, 0 events wait" in output
    assert "shop is down; resumed by manage.py (" in output


def test_it_lists_what_has_ended(frozen_clock: FrozenClock) -> None:
    assert run("pause", "--list") == ""
    run("pause", *WHAT, *WHY)
    first = the_pause_id()
    frozen_clock.advance(seconds=1)
    run("pause", "--event-type", "order.paid", *WHY)

    lines = run("pause", "--list").splitlines()
    assert [line.split()[1] for line in lines[::2]] == ["*/order.paid", f"{TENANT}/order.created"]
    assert lines[2].startswith(first)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (WHAT, "Say why, with --reason."),
        (WHY, "Say what, with --event-type or --tenant."),
    ],
)
def test_it_pauses_nothing_by_mistake(arguments: tuple[str, ...], message: str) -> None:
    assert refusal_of("pause", *arguments) == (message, 2)
    assert queries.list_pauses() == []


def test_it_resumes_no_pause_that_is_not_there() -> None:
    assert refusal_of("resume", "nothing") == (
        "There is no pause with this id, or it has ended.",
        1,
    )


@pytest.mark.parametrize("rate", ["0", "1001", "-1", "1.5", "x", ""])
def test_it_resumes_at_no_other_rate(rate: str) -> None:
    run("pause", *WHAT, *WHY)
    with pytest.raises(CommandError, match="it must be a whole number from 1 to 1000"):
        run("resume", the_pause_id(), f"--rate={rate}")

    assert [each.state for each in queries.list_pauses()] == [PauseState.PAUSED]


def test_it_says_that_the_store_is_away(dynamodb: FakeDynamoDB) -> None:
    dynamodb.is_away = True

    assert refusal_of("pause", *WHAT, *WHY)[1] == 1
