import pytest

from events import queries
from tasks import heartbeat
from tests.fake_dynamodb import FakeDynamoDB

pytestmark = pytest.mark.usefixtures("store", "dispatcher")


class Pause:
    """Stands in for the pause between two beats: the store comes back in it, or all ends."""

    def __init__(self, dynamodb: FakeDynamoDB) -> None:
        self._dynamodb = dynamodb
        self._beats = 0

    def is_set(self) -> bool:
        return self._beats == 2

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self._beats += 1
        self._dynamodb.is_away = False


def test_it_goes_on_after_the_store_was_away(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "_stop", Pause(dynamodb))
    dynamodb.is_away = True
    heartbeat._beat()  # noqa: SLF001  # what the thread runs

    (worker,) = queries.get_platform_stats()["workers"]["seen"]
    assert (worker["active"], worker["is_alive"]) == (0, True)
