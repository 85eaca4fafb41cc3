import json
import random

import pytest

from tasks.worker_events import message


def test_it_packs_events_into_one_small_message() -> None:
    lines = [json.dumps({"type": "task-started", "uuid": str(i)}) for i in range(4_000)]

    bodies = message.pack_events(lines)

    assert len(bodies) == 1
    assert len(bodies[0]) < 64 * 1024
    assert message.unpack_events(bodies[0]) == [json.loads(line) for line in lines]


def test_it_splits_what_is_too_large_for_sqs() -> None:
    noise = random.Random(1)  # noqa: S311  # incompressible, and the same in every run
    lines = [json.dumps({"uuid": noise.randbytes(500).hex()}) for _ in range(1_000)]

    bodies = message.pack_events(lines)

    assert len(bodies) > 1
    assert all(len(body) <= 262_144 for body in bodies)
    unpacked = [event for body in bodies for event in message.unpack_events(body)]
    assert unpacked == [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    "body", ["", "not ours", "bm90IG91cnM=", message.pack_events(["1"])[0][:-4]]
)
def test_it_says_when_a_message_is_not_its_own(body: str) -> None:
    with pytest.raises(message.UnreadableMessageError):
        message.unpack_events(body)


def test_it_leaves_out_what_the_exporter_does_not_read() -> None:
    fields = {"uuid": "1", "name": "work", "queue": "q", "result": "secret", "runtime": 0.5}

    exported = message.exported_fields("task-succeeded", fields)

    assert exported == {"uuid": "1", "name": "work", "queue": "q", "runtime": 0.5}
    assert message.exported_fields("task-sent", fields) is None
