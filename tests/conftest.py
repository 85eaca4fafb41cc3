"""What all tests share: the network off, the fakes at their seams, the stack for the slow ones."""

import math
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import hypothesis
import pytest
import pytest_socket
from pytest_django import Settings

from events import background, clock, dispatch, services
from events.errors import EventError
from events.pause import Pauses
from events.services.error_groups import Tally, tally
from events.store import connection, pauses, shards
from events.store.connection import Item, Statement
from events.store.models import EventItem, PlatformItem
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher, FrozenClock
from tests.processes import Emulator
from tests.stack import Stack

StartStack = Callable[..., Stack]
_FAILED = pytest.StashKey[bool]()

# How long an example takes tells only how busy the machine is.
hypothesis.settings.register_profile(
    "unhurried",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "both_stores: runs on the fake DynamoDB, and as an integration test on another"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("both_stores"):
        emulator = pytest.param("emulator", marks=pytest.mark.integration)
        metafunc.parametrize("store", ["fake", emulator], indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Turn the network off; for an integration test, all of it but this machine's own.

    pytest-socket turns it on again after each test.
    """
    if item.get_closest_marker("integration"):
        pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
    else:
        # Unix sockets are how an event loop wakes itself.
        pytest_socket.disable_socket(allow_unix_socket=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(tmp_path_factory.mktemp("aws"))
    yield emulator
    emulator.stop()


@pytest.fixture
def start_stack(
    aws: Emulator, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[StartStack]:
    """Start stacks of a test's own, with other settings or another way to AWS."""
    stacks: list[Stack] = []

    def start(*, endpoint: str = aws.endpoint, workers: int = 2, **settings: Any) -> Stack:
        folder = tmp_path_factory.mktemp("stack")
        stacks.append(Stack(endpoint, folder, workers=workers, settings=settings))
        return stacks[-1]

    yield start
    for stack in stacks:
        stack.close()
    if request.node.stash.get(_FAILED, False):
        print(*(stack.logs for stack in stacks))  # noqa: T201  # shown with the failure


@pytest.fixture(scope="session")
def shared_stack(aws: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(aws.endpoint, tmp_path_factory.mktemp("stack"), workers=2, settings={})
    yield stack
    stack.close()


@pytest.fixture
def stack(shared_stack: Stack, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """Hand out a running stack that others use too: look at one's own events only."""
    yield shared_stack
    if request.node.stash.get(_FAILED, False):
        print(shared_stack.logs)  # noqa: T201  # shown with the failure


@pytest.fixture(autouse=True)
def error_tally(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tally]:
    """Let failures be counted by kind when a test says so, and not by a thread."""
    tally.forget()
    monkeypatch.setattr(tally, "_start", lambda: None)
    yield tally
    tally.forget()


@pytest.fixture
def frozen_clock(monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    frozen = FrozenClock()
    monkeypatch.setattr(clock, "now", frozen.now)
    monkeypatch.setattr(clock, "now_microseconds", frozen.now_microseconds)
    return frozen


@pytest.fixture
def database_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let background work on SQL happen in the test's own thread, inside its transaction."""

    def run(work: Callable[[], None]) -> bool:
        work()
        return True

    monkeypatch.setattr(background, "run", run)


@pytest.fixture
def dispatcher(settings: Settings) -> Iterator[FakeDispatcher]:
    """Replace the queue at the seam that production uses."""
    settings.EVENTS_DISPATCHER = "tests.fakes.FakeDispatcher"
    dispatch.dispatcher.cache_clear()
    fake = dispatch.dispatcher()
    assert isinstance(fake, FakeDispatcher)
    yield fake
    dispatch.dispatcher.cache_clear()


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> FakeDynamoDB:
    """Make an empty store in memory, whose client a test may let fail."""
    fake = FakeDynamoDB()
    monkeypatch.setattr(connection, "_client", fake)
    monkeypatch.setattr(shards, "_count", 0)
    _pause_nothing(monkeypatch)
    _make_impatient(monkeypatch, fake)
    return fake


@pytest.fixture
def store(request: pytest.FixtureRequest) -> None:
    """Make an empty store; the mark ``both_stores`` asks for another one, too."""
    kind = getattr(request, "param", "fake")
    request.getfixturevalue({"fake": "dynamodb", "emulator": "emulated_dynamodb"}[kind])


@pytest.fixture
def emulated_dynamodb(aws: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # To the emulator each access key of twelve digits is an account, with tables of its own.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(uuid.uuid4().int)[:12])
    for model in (EventItem, PlatformItem):
        monkeypatch.setattr(model.Meta, "host", aws.endpoint)
        monkeypatch.setattr(model, "_connection", None)
    monkeypatch.setattr(connection, "_client", None)
    monkeypatch.setattr(shards, "_count", 0)
    _pause_nothing(monkeypatch)
    services.bootstrap_store()
    _let_nothing_expire()
    yield
    connection.client().close()
    for model in (EventItem, PlatformItem):
        model._get_connection().connection.client.close()  # noqa: SLF001  # PynamoDB never does


def _let_nothing_expire() -> None:
    """Keep the emulator, which deletes by this machine's clock, from what a frozen clock dates."""
    for model in (EventItem, PlatformItem):
        connection.call(
            "update_time_to_live",
            TableName=model.Meta.table_name,
            TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"},
        )


def _pause_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody look for pauses before a test makes one."""
    monkeypatch.setattr(pauses, "_known", Pauses())
    monkeypatch.setattr(pauses, "_read_at", math.inf)


def _make_impatient(monkeypatch: pytest.MonkeyPatch, fake: FakeDynamoDB) -> None:
    """Give up within moments what will not succeed, and nothing else: a slow machine may."""

    def seconds(deadline_seconds: float) -> float:
        return min(0.5, deadline_seconds) if fake.is_away else deadline_seconds

    execute, execute_all, call = connection.execute, connection.execute_all, connection.call

    def execute_at_once(statement: Statement, *, deadline_seconds: float) -> Item | None:
        return execute(statement, deadline_seconds=seconds(deadline_seconds))

    def execute_all_at_once(
        writes: Sequence[Statement], *, deadline_seconds: float
    ) -> list[Item | EventError | None]:
        return execute_all(writes, deadline_seconds=seconds(deadline_seconds))

    def call_at_once(operation: str, *, deadline_seconds: float = 0.0, **arguments: Any) -> Any:
        return call(operation, deadline_seconds=seconds(deadline_seconds), **arguments)

    monkeypatch.setattr(connection, "execute", execute_at_once)
    monkeypatch.setattr(connection, "execute_all", execute_all_at_once)
    monkeypatch.setattr(connection, "call", call_at_once)
