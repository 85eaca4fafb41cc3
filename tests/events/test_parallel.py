import os
import threading

import pytest
import structlog

from events.store.parallel import at_once


def fail_if_odd(number: int) -> int:
    if number % 2:
        raise ValueError(number)
    return number


def test_it_keeps_the_order() -> None:
    assert at_once(str, range(100)) == [str(number) for number in range(100)]


def test_it_reads_nothing_for_nothing() -> None:
    assert at_once(str, []) == []


def test_it_reads_at_the_same_time() -> None:
    meeting = threading.Barrier(4, timeout=60)

    assert sorted(at_once(lambda _: meeting.wait(), range(4))) == [0, 1, 2, 3]


def test_it_raises_the_first_error() -> None:
    with pytest.raises(ValueError, match="3"):
        at_once(fail_if_odd, [2, 3, 5])


def test_it_logs_as_the_request_that_reads() -> None:
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        contexts = at_once(lambda _: structlog.contextvars.get_contextvars(), range(3))

    assert [each["request_id"] for each in contexts] == ["r1"] * 3


# Python 3.12 warns of every fork beside threads, which is the very case here.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_it_works_in_a_child_of_a_process_that_has_read() -> None:
    at_once(str, range(2))

    child = os.fork()
    if child == 0:
        os._exit(0 if at_once(str, range(2)) == ["0", "1"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
