from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from django.conf import settings

from events.event import AttemptError
from events.failures import MESSAGE_LIMIT, TRACEBACK_LIMIT, describe_failure
from events.redaction import redact

SOURCE = """
def charge(order):
    raise ValueError(f"no card for {order}")

def refund(order):
    raise ValueError("no card")

def look_up(order):
    return {}[order]

def charge_with_a_library(order):
    import json
    json.loads(order)
"""


def failure_of(act: Callable[[], Any], *, event_type: str = "order.paid") -> AttemptError:
    try:
        act()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the failure
        return describe_failure(error, event_type=event_type)
    raise AssertionError("it did not fail")


def run(name: str, argument: str = "7", *, moved_by: int = 0, **options: Any) -> AttemptError:
    """Describe how a function of ``SOURCE`` fails, in a release that moved it down."""
    code = compile("\n" * moved_by + SOURCE, str(settings.ROOT / "shop.py"), "exec")
    module: dict[str, Any] = {"__name__": "shop"}
    exec(code, module)  # noqa: S102  # a module of the project's own, made here
    return failure_of(lambda: module[name](argument), **options)


def fail(error: BaseException) -> NoReturn:
    raise error


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this works")


class NoText(Exception):
    def __str__(self) -> str:
        return None  # type: ignore[return-value]  # noqa: PLE0307  # the mistake in question


def test_it_says_what_failed_and_where() -> None:
    failure = run("charge")

    assert (failure.type, failure.message) == ("ValueError", "no card for 7")
    assert 'shop.py", line 3, in charge' in failure.traceback


def test_it_names_the_module_of_a_type_that_is_not_builtin() -> None:
    assert run("charge_with_a_library", "{").type == "json.decoder.JSONDecodeError"


def test_it_groups_the_same_failure_of_different_events() -> None:
    assert run("charge", "7").fingerprint == run("charge", "8").fingerprint


def test_it_groups_the_same_failure_of_different_releases() -> None:
    assert run("charge").fingerprint == run("charge", moved_by=40).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        run("refund"),
        run("look_up"),
        run("charge", event_type="order.created"),
    ],
    ids=["function", "type", "event type"],
)
def test_it_tells_failures_apart(other: AttemptError) -> None:
    assert other.fingerprint != run("charge").fingerprint


def test_it_goes_by_the_place_in_ones_own_code() -> None:
    # Two faults that a library finds in different functions of its own.
    assert (
        run("charge_with_a_library", "{").fingerprint
        == run("charge_with_a_library", '{"a"').fingerprint
    )


def test_it_describes_an_error_that_was_never_raised() -> None:
    failure = describe_failure(ValueError("no"), event_type="order.paid")

    assert (failure.message, len(failure.fingerprint)) == ("no", 16)


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "Password: 'hunter2'",
        '{"api_key": "hunter2"}',
        "Authorization: Bearer hunter2",
        "authorization=Basic hunter2",
        "https://x.test/?token=hunter2&a=1",
        "client_secret=hunter2;",
    ],
)
def test_it_blanks_secrets(text: str) -> None:
    assert "hunter2" not in redact(text)
    assert "[redacted]" in redact(text)


def test_it_keeps_no_secret_of_a_failure() -> None:
    secret = "hunter" + "2"
    failure = failure_of(lambda: fail(ValueError(f"password={secret}")))

    assert "password=[redacted]" in failure.message
    assert secret not in failure.traceback


def test_it_leaves_other_text_alone() -> None:
    assert redact("tokens are counted: 3 of 5") == "tokens are counted: 3 of 5"


def test_it_keeps_the_start_of_a_long_message() -> None:
    message = failure_of(lambda: fail(ValueError("start" + "x" * 10_000))).message

    assert (message[:5], len(message)) == ("start", MESSAGE_LIMIT)


def test_it_keeps_the_end_of_a_long_traceback() -> None:
    trace = failure_of(lambda: fail(ValueError("x" * 10_000 + "end"))).traceback

    assert (trace.rstrip()[-3:], len(trace)) == ("end", TRACEBACK_LIMIT)


@pytest.mark.parametrize("error", [Unprintable(), NoText()])
def test_it_describes_an_error_that_cannot_be_printed(error: Exception) -> None:
    failure = failure_of(lambda: fail(error))

    assert failure.message
    assert failure.type.endswith(type(error).__name__)


def test_it_describes_an_endless_recursion() -> None:
    def recurse() -> None:
        recurse()

    failure = failure_of(recurse)
    assert failure.type == "RecursionError"
    assert len(failure.traceback) <= TRACEBACK_LIMIT


def test_it_describes_errors_that_caused_each_other() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first

    assert failure_of(lambda: fail(first)).message == "first"


def test_it_keeps_only_text_that_can_be_stored() -> None:
    failure = failure_of(lambda: fail(ValueError("file \udcff.txt")))

    assert failure.message.encode().startswith(b"file ")
    assert failure.traceback.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://app:hunter2@db/x", "postgres://app:[redacted]@db/x"),
        ("password='a b c' is wrong", "password=[redacted] is wrong"),
        ("key AKIAIOSFODNN7EXAMPLE is unknown", "key [redacted] is unknown"),
        (f"no evp_ab12cd34_{'x' * 49} here", "no evp_ab12cd34_[redacted] here"),
    ],
)
def test_it_redacts_secrets_in_addresses_and_quotes(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "part", ["://a:", "password='", "secret=bearer ", "token ", "evp_ab12cd34"]
)
def test_one_error_of_megabytes_does_not_stall_a_worker(part: str) -> None:
    # Quadratic, this would take hours.
    failure = failure_of(lambda: fail(ValueError(part * 1_000_000)))

    assert len(failure.message) <= MESSAGE_LIMIT
    assert len(failure.traceback) <= TRACEBACK_LIMIT


def test_it_reads_a_long_address_without_a_password_once() -> None:
    text = "://a:" * 13_000

    assert redact(text) == text


@pytest.mark.parametrize("place", [0, 28_600, 32_700, 50_000, 967_200, 971_300, 999_800])
@pytest.mark.parametrize(
    "secret",
    [
        "password={}",
        "password='{} {}'",
        "x://u:{}@host",
        '{"api_key": "{}"}',
        "password='" + "{}" * 400 + "'",
        "password=" + "{}" * 2_000,
    ],
)
def test_it_leaves_no_half_of_a_secret_where_a_long_text_was_cut(place: int, secret: str) -> None:
    before = "x " * (place // 2)
    text = before + secret.replace("{}", "hunter2") + " "
    shown = redact(text + "y " * ((1_000_000 - len(text)) // 2))

    assert "hunter" not in shown
    assert "unter2" not in shown


def test_it_keeps_both_ends_of_a_long_text() -> None:
    text = redact("start " + "x " * 100_000 + "end")

    assert (text[:6], text[-3:]) == ("start ", "end")
    assert len(text) <= 65_537


def test_it_names_a_type_whose_own_name_cannot_be_stored() -> None:
    odd = type("Odd", (Exception,), {"__module__": "shop\udcff"})

    assert failure_of(lambda: fail(odd("no"))).type == "shop?.Odd"
