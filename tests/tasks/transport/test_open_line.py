from collections.abc import Iterator

import pytest
from kombu.asynchronous.hub import Hub

from tasks.transport.polling import OpenLine


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    yield made
    made.close()


@pytest.fixture
def line(hub: Hub) -> Iterator[OpenLine]:
    made = OpenLine()
    made.hold(hub)
    yield made
    made.close(hub)


def test_it_gives_the_hub_something_to_look_at(hub: Hub, line: OpenLine) -> None:
    line.hold(hub)

    assert len(hub.readers) == 1


def test_it_is_there_again_after_a_lost_connection(hub: Hub, line: OpenLine) -> None:
    hub.reset()
    line.hold(hub)

    assert len(hub.readers) == 1


def test_it_leaves_the_hub_when_it_is_closed(hub: Hub) -> None:
    line = OpenLine()
    line.hold(hub)

    line.close(hub)

    assert not hub.readers
