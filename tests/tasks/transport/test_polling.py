import threading
from functools import partial

import pytest

from tasks.transport.polling import Poller, messages_of
from tests.processes import eventually

MESSAGE = {"ReceiptHandle": "r", "Body": "{}"}


def test_it_makes_one_poll_after_the_other() -> None:
    made: list[int] = []
    poller = Poller("q")
    for number in range(3):
        poller.submit(partial(made.append, number))
    poller.close()

    eventually(lambda: len(made) == 3, "the polls")
    assert made == [0, 1, 2]


def test_it_ends_after_the_poll_that_is_under_way() -> None:
    made: list[int] = []
    poller = Poller("ending")
    poller.submit(partial(made.append, 1))
    poller.close()

    eventually(lambda: "sqs-poll-ending" not in [t.name for t in threading.enumerate()], "its end")


@pytest.mark.parametrize("answer", [{}, {"Messages": None}, {"Messages": []}])
def test_it_reads_an_answer_without_messages(answer: dict[str, object]) -> None:
    assert messages_of(answer) == []


def test_it_reads_messages() -> None:
    assert messages_of({"Messages": [MESSAGE]}) == [MESSAGE]


@pytest.mark.parametrize("odd", [7, None, {"Body": 1}, MESSAGE | {"Body": 1}])
def test_it_refuses_what_is_no_message(odd: object) -> None:
    with pytest.raises((KeyError, TypeError)):
        messages_of({"Messages": [MESSAGE, odd]})
