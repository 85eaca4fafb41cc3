import json
import time
from collections import Counter
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from events import services
from events.event import Outcome, Status
from events.queries import EventFilter
from tasks import dead_letters, dispatch
from tasks.dead_letters import DeadLetters, Fate
from tasks.envelope import write_message
from tests.factories import (
    ERROR,
    TENANT,
    accept_event,
    claim_event,
    get_event,
    make_dead_event,
    make_succeeded_event,
    replay_event,
)
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FrozenClock

pytestmark = pytest.mark.usefixtures("store", "dispatcher")

FOREIGN = "not ours"


@dataclass
class FakeSQS:
    """Two queues; what was received stays hidden until it is shown again."""

    visible: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    number: int = 0

    @property
    def bodies(self) -> list[str]:
        return [*self.visible.values(), *self.hidden.values()]

    def put(self, body: str) -> None:
        self.number += 1
        self.visible[str(self.number)] = body

    def get_queue_attributes(self, *, AttributeNames: list[str], **_: Any) -> Any:  # noqa: N803  # botocore's name
        return {"Attributes": dict.fromkeys(AttributeNames, str(len(self.visible)))}

    def receive_message(self, *, MaxNumberOfMessages: int, **_: Any) -> Any:  # noqa: N803  # botocore's name
        taken = list(self.visible.items())[:MaxNumberOfMessages]
        for key, body in taken:
            self.hidden[key] = self.visible.pop(key) and body
        return {
            "Messages": [
                {"MessageId": key, "ReceiptHandle": key, "Body": body} for key, body in taken
            ]
        }

    def delete_message(self, *, ReceiptHandle: str, **_: Any) -> None:  # noqa: N803  # botocore's name
        del self.hidden[ReceiptHandle]

    def send_message(self, *, MessageBody: str, **_: Any) -> None:  # noqa: N803  # botocore's name
        self.sent.append(MessageBody)

    def change_message_visibility_batch(self, *, Entries: list[Any], **_: Any) -> None:  # noqa: N803  # botocore's name
        for entry in Entries:
            key = entry["ReceiptHandle"]
            self.visible[key] = self.hidden.pop(key)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> FakeSQS:
    fake = FakeSQS()
    monkeypatch.setattr(boto3, "client", lambda *_, **__: fake)
    # The module's own: other threads sleep as ever.
    hasty = SimpleNamespace(sleep=lambda _: None, monotonic=time.monotonic)
    monkeypatch.setattr(dead_letters, "time", hasty)
    return fake


def copy(event_id: str, generation: int = 1, *, task: str = dispatch.REPLAY_TASK) -> str:
    return write_message(task, event_id, generation, queue=settings.DEAD_LETTER_QUEUE)


def walk(sqs: FakeSQS, **options: Any) -> dict[Fate, int]:
    options = {"event_filter": EventFilter(), "actor": "ada", "rate": 50} | options
    return Counter(DeadLetters(sqs=sqs, **options).walk())


def redrive(*arguments: str) -> str:
    told = StringIO()
    call_command("redrive", *arguments, stdout=told)
    return told.getvalue()


def test_it_replays_every_dead_event_once(sqs: FakeSQS) -> None:
    event_ids = [make_dead_event() for _ in range(25)]
    for event_id in event_ids:
        sqs.put(copy(event_id))
        sqs.put(copy(event_id))

    assert walk(sqs) == {Fate.REPLAYED: 25, Fate.STALE: 25}
    assert sqs.bodies == []
    assert {get_event(each).generation for each in event_ids} == {2}
    assert get_event(event_ids[0]).replays[0].actor == "ada"


def test_it_replays_no_event_twice_in_one_walk(sqs: FakeSQS) -> None:
    event_id = make_dead_event()
    sqs.put(copy(event_id))
    fates = DeadLetters(sqs=sqs, event_filter=EventFilter(), actor="ada", rate=50).walk()

    assert next(fates) is Fate.REPLAYED
    services.bury_event(claim_event(event_id, generation=2), outcome=Outcome.FAILED, error=ERROR)
    sqs.put(copy(event_id, generation=2))
    assert (list(fates), get_event(event_id).generation) == ([Fate.DEAD_AGAIN], 2)
    assert len(sqs.visible) == 1


def test_a_dry_run_changes_nothing(sqs: FakeSQS) -> None:
    event_id = make_dead_event()
    sqs.put(copy(event_id))
    sqs.put(FOREIGN)

    assert redrive("--all", "--dry-run", "--foreign-to-work-queue") == (
        "would be: 1 moved, 1 replayed\n"
    )
    assert (len(sqs.visible), sqs.sent, get_event(event_id).generation) == (2, [], 1)


def test_it_leaves_what_the_filter_does_not_mean(sqs: FakeSQS) -> None:
    meant, other = make_dead_event(event_type="user.created"), make_dead_event()
    sqs.put(copy(meant))
    sqs.put(copy(other))

    assert redrive("--event-type", "user.created") == "1 not meant, 1 replayed\n"
    assert list(sqs.visible.values()) == [copy_of for copy_of in sqs.bodies if other in copy_of]
    assert get_event(other).status is Status.DEAD


def test_it_leaves_other_tenants_events(sqs: FakeSQS) -> None:
    sqs.put(copy(make_dead_event()))

    assert walk(sqs, tenant="globex") == {Fate.NOT_MEANT: 1}
    assert len(sqs.visible) == 1


def test_it_drops_copies_of_what_is_alive_or_gone(sqs: FakeSQS, frozen_clock: FrozenClock) -> None:
    sqs.put(copy(make_dead_event()))
    frozen_clock.advance(days=31)
    replayed = make_dead_event()
    replay_event(replayed)
    sqs.put(copy(replayed))
    sqs.put(copy(make_succeeded_event(), task=dispatch.PROCESS_TASK))

    assert walk(sqs) == {Fate.STALE: 3}
    assert sqs.bodies == []


def test_it_leaves_to_recovery_what_sqs_set_aside(sqs: FakeSQS) -> None:
    claimed = claim_event(accept_event())
    sqs.put(copy(claimed.event_id, task=dispatch.PROCESS_TASK))

    assert walk(sqs) == {Fate.OPEN: 1}
    assert (len(sqs.visible), get_event(claimed.event_id).generation) == (1, 1)


def test_it_leaves_erased_events(sqs: FakeSQS) -> None:
    event_id = make_dead_event()
    services.erase_payload(event_id=event_id, actor="ada", tenant=TENANT)
    sqs.put(copy(event_id))

    assert walk(sqs) == {Fate.ERASED: 1}
    assert len(sqs.visible) == 1


def test_it_leaves_what_is_not_ours(sqs: FakeSQS) -> None:
    for body in (FOREIGN, "[]", '{"headers": {"task": "other"}}'):
        sqs.put(body)

    assert walk(sqs) == {Fate.FOREIGN: 3}
    assert len(sqs.visible) == 3


def test_it_writes_what_is_not_ours_to_a_file(sqs: FakeSQS, tmp_path: Path) -> None:
    path = tmp_path / "foreign.jsonl"
    path.write_text("what was there\n")
    sqs.put(FOREIGN)

    assert redrive("--all", "--foreign", str(path)) == "1 moved\n"
    first, line = path.read_text().splitlines()
    assert (first, json.loads(line)["body"], sqs.bodies) == ("what was there", FOREIGN, [])


def test_it_deletes_nothing_that_it_could_not_write(sqs: FakeSQS, tmp_path: Path) -> None:
    sqs.put(FOREIGN)

    with pytest.raises(CommandError, match="Nothing is lost"):
        redrive("--all", "--foreign", str(tmp_path / "missing" / "file"))
    assert list(sqs.visible.values()) == [FOREIGN]


def test_it_moves_what_is_not_ours_to_the_work_queue(sqs: FakeSQS) -> None:
    sqs.put(FOREIGN)

    assert redrive("--all", "--foreign-to-work-queue") == "1 moved\n"
    assert (sqs.sent, sqs.bodies) == ([FOREIGN], [])


def test_it_deletes_nothing_while_the_store_is_away(sqs: FakeSQS, dynamodb: FakeDynamoDB) -> None:
    sqs.put(copy(make_dead_event()))
    dynamodb.is_away = True

    with pytest.raises(CommandError, match="run it again"):
        redrive("--all")
    assert len(sqs.visible) == 1


def test_it_gives_back_what_it_looked_at_when_it_is_interrupted(
    sqs: FakeSQS, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        sqs.put(copy(make_dead_event()))
    monkeypatch.setattr(services, "replay_event", _interrupt)

    with pytest.raises(SystemExit) as left:
        redrive("--all")
    assert (left.value.code, len(sqs.visible), sqs.hidden) == (130, 3, {})


@pytest.mark.parametrize("arguments", [(), ("--all", "--tenant", "acme"), ("--all", "--rate=0")])
def test_it_refuses_a_call_that_is_not_clear(sqs: FakeSQS, arguments: tuple[str, ...]) -> None:
    sqs.put(copy(event_id := make_dead_event()))

    with pytest.raises(CommandError):
        redrive(*arguments)
    assert get_event(event_id).generation == 1


def _interrupt(**_: Any) -> None:
    raise KeyboardInterrupt
