from collections.abc import Callable
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from events import queries
from events.errors import StoreUnavailable
from events.management import replay_progress
from events.replay_plan import PlanState, ReplayPlan
from events.services import abort_replay_plan
from tests.events.replay_plans.making import carry_out, get_plan, make_dead_events, make_plan
from tests.factories import TENANT

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

FILTER = ("--event-type", "order.created")
WHY = ("--reason", "bug fixed")


def run(*arguments: str) -> tuple[str, str]:
    """Run the command and return what it said on both its outputs."""
    output, errors = StringIO(), StringIO()
    call_command("replay", "--tenant", TENANT, *arguments, stdout=output, stderr=errors)
    return output.getvalue(), errors.getvalue()


def refusal_of(*arguments: str) -> tuple[str, int]:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    return str(refused.value), refused.value.returncode


def the_plan() -> ReplayPlan:
    (plan,) = queries.list_replay_plans(tenant=TENANT)
    return plan


@pytest.fixture
def between_looks(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen where the command would wait."""

    def happen(act: Callable[[], object]) -> None:
        monkeypatch.setattr(replay_progress, "time", SimpleNamespace(sleep=lambda _: act()))

    return happen


def test_it_makes_a_plan() -> None:
    make_dead_events(3)
    output, errors = run(*FILTER, *WHY, "--rate", "7")

    plan = the_plan()
    assert output == f"plan {plan.plan_id}: 3 events, 7 a second\n"
    assert f"--follow {plan.plan_id}" in errors
    assert plan.actor.startswith("manage.py (")


def test_it_says_that_no_event_matches() -> None:
    _, errors = run(*FILTER, *WHY)

    assert "No event matches: nothing will be replayed." in errors


def test_it_only_tells_in_a_dry_run(settings: Settings) -> None:
    settings.REPLAY_CONFIRM_ABOVE = 2
    dead = make_dead_events(3)
    output, errors = run(*FILTER, "--dry-run", "--rate", "1")

    *sample, summary = output.splitlines()
    assert [line.split()[0] for line in sample] == dead
    assert summary == "3 events would be replayed, which takes 3 s or more."
    assert errors == "That needs --confirm-count 3.\n"
    assert queries.list_replay_plans(tenant=TENANT) == []


def test_it_follows_a_plan_to_its_end(between_looks: Callable[..., None]) -> None:
    make_dead_events(3)
    between_looks(lambda: carry_out(the_plan()))
    output, _ = run(*FILTER, *WHY, "--follow")

    assert output.splitlines()[-1] == (
        "completed: 3 replayed, 0 skipped, 0 succeeded, 0 failed again, 3 not settled"
    )


def test_it_follows_a_plan_that_is_known(between_looks: Callable[..., None]) -> None:
    plan = make_plan()
    between_looks(lambda: carry_out(plan))

    assert run("--follow", plan.plan_id)[0].startswith("completed: 0 replayed")


def test_it_goes_on_following_while_the_store_is_away(
    between_looks: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan()
    get_replay_plan = queries.get_replay_plan

    def come_back() -> None:
        monkeypatch.setattr(queries, "get_replay_plan", get_replay_plan)
        carry_out(plan)

    def away(*_: object, **__: object) -> None:
        between_looks(come_back)
        raise StoreUnavailable

    between_looks(lambda: monkeypatch.setattr(queries, "get_replay_plan", away))

    assert run("--follow", plan.plan_id)[0].startswith("completed: 0 replayed")


def test_it_leaves_the_plan_running_on_ctrl_c(
    between_looks: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    between_looks(interrupt)
    with pytest.raises(SystemExit) as left:
        call_command("replay", "--tenant", TENANT, *FILTER, *WHY, "--follow")

    assert left.value.code == 130
    assert f"The plan goes on: --follow {the_plan().plan_id}" in capsys.readouterr().err
    assert the_plan().state is PlanState.RUNNING


def test_it_fails_if_the_plan_is_aborted(between_looks: Callable[..., None]) -> None:
    between_looks(lambda: abort_replay_plan(the_plan().plan_id, tenant=TENANT, actor="eve"))

    assert refusal_of(*FILTER, *WHY, "--follow") == ("The plan was aborted by eve.", 1)


def test_it_pauses_resumes_aborts_and_shows() -> None:
    plan_id = make_plan().plan_id

    told = [run(option, plan_id)[0] for option in ("--pause", "--resume", "--abort")]

    states = [each.splitlines()[1].split(":")[0].strip() for each in told]
    assert states == ["paused", "running", "aborted"]
    assert run("--show", plan_id) == run("--list")


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        ((*FILTER,), "Say why, with --reason.", 2),
        ((*WHY,), "Say which events are meant", 2),
        (("--pause", "no-id"), "No replay plan of this tenant has this id.", 1),
    ],
)
def test_it_says_what_is_wrong(arguments: tuple[str, ...], sentence: str, code: int) -> None:
    message, returncode = refusal_of(*arguments)

    assert (message[: len(sentence)], returncode) == (sentence, code)


def test_it_names_the_plan_that_is_in_the_way() -> None:
    plan = make_plan()

    assert refusal_of(*FILTER, *WHY)[0] == (
        f"Plan {plan.plan_id} may mean some of the same events, and has not ended."
    )


def test_it_asks_for_confirmation(settings: Settings) -> None:
    settings.REPLAY_CONFIRM_ABOVE = 1
    make_dead_events(2)

    assert refusal_of(*FILTER, *WHY)[0] == ("2 events match; replay them with --confirm-count 2.")
    run(*FILTER, *WHY, "--confirm-count", "2")
    assert the_plan().expected.count == 2


@pytest.mark.parametrize("time", ["2026-01-02T03:04:05", "yesterday"])
def test_it_takes_only_times_that_are_certain(time: str) -> None:
    assert refusal_of("--received-after", time, *WHY)[1] == 1


def test_it_takes_a_window() -> None:
    make_dead_events(2)
    run("--received-after", "2020-01-02T03:04:05+01:00", *WHY)

    assert get_plan(the_plan()).filter["received_after"] == "2020-01-02T02:04:05+00:00"
