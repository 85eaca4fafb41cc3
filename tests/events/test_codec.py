from events.store import codec


def test_it_takes_null_for_nothing() -> None:
    # The platform writes none; a tool that restores a table may.
    attempt = {"g": {"N": "1"}, "w": {"S": "worker-1"}, "n": {"NULL": True}}

    item = codec.read_item(
        {
            "event_id": {"S": "evt_1"},
            "subject": {"NULL": True},
            "attempts": {"M": {"a1": {"M": attempt}}},
        }
    )

    assert (item.event_id, item.subject) == ("evt_1", None)
    assert (item.attempts["a1"].worker, item.attempts["a1"].number) == ("worker-1", None)
