from contextlib import ExitStack
from typing import Any

import pytest

from events.registry import (
    HandlerAlreadyRegistered,
    all_handlers,
    get_handler,
    handler,
    largest_max_retries,
    record_only,
    registered,
)


def work(event: object) -> None:
    """Stand in for a handler."""


@pytest.mark.parametrize(
    ("event_type", "pattern"),
    [
        ("order.created", "order.created"),
        ("order.paid", "order.*"),
        ("order.line.added", "order.line.*"),
        ("order.line.tax.added", "order.line.*"),
        ("order", "*"),
        ("orders.paid", "*"),
        ("user.created", "*"),
    ],
)
def test_it_finds_the_handler_that_is_meant_most(event_type: str, pattern: str) -> None:
    with ExitStack() as handlers:
        for each in ("order.created", "order.*", "order.line.*", "*"):
            handlers.enter_context(registered(each, work))

        assert get_handler(event_type).pattern == pattern


def test_it_only_records_a_type_that_nobody_handles() -> None:
    assert get_handler("user.created").function is record_only


def test_it_leaves_the_function_as_it_was() -> None:
    with registered("order.created", work):
        assert get_handler("order.created").function is work


def test_it_refuses_a_second_handler_for_a_pattern() -> None:
    with registered("order.created", work), pytest.raises(HandlerAlreadyRegistered):
        handler("order.created")(work)


def test_it_forgets_a_handler_with_its_block() -> None:
    with registered("order.created", work) as added:
        assert added in all_handlers()

    assert added not in all_handlers()
    assert get_handler("order.created").function is record_only


@pytest.mark.parametrize(
    "options",
    [
        {"max_retries": -1},
        {"soft_time_limit": 10, "time_limit": 10},
        {"soft_time_limit": 11, "time_limit": 10},
    ],
)
def test_it_refuses_options_that_cannot_be_meant(options: dict[str, Any]) -> None:
    with (
        pytest.raises(ValueError, match=r"order\.created"),
        registered("order.created", work, **options),
    ):
        pass


def test_it_refuses_an_option_it_does_not_know() -> None:
    with pytest.raises(TypeError), registered("order.created", work, max_retry=1):
        pass


def test_it_knows_the_most_retries_of_all() -> None:
    with registered("order.created", work, max_retries=99):
        assert largest_max_retries() == 99


def test_it_lists_handlers_by_pattern() -> None:
    with registered("b.c", work), registered("a.b", work):
        patterns = [each.pattern for each in all_handlers()]

    assert patterns == sorted(patterns)
