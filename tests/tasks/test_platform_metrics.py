from collections.abc import Callable

import pytest
from pytest_django import Settings

from events.queries import get_shard_count
from tasks.platform_metrics import PlatformCollector
from tests.fake_dynamodb import FakeDynamoDB
from tests.fakes import FakeDispatcher

Look = Callable[[], dict[str, float]]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, settings: Settings, dynamodb: FakeDynamoDB) -> Look:  # noqa: ARG001  # what it looks at
    monkeypatch.setattr(PlatformCollector, "_run", lambda _: None)
    settings.SHARDS = 1
    assert get_shard_count() == 1
    collector = PlatformCollector()

    def look_once() -> dict[str, float]:
        families = collector._look()  # noqa: SLF001  # what its thread does every few seconds
        return {each.name: each.samples[0].value for each in families}

    return look_once


def test_it_tells_what_it_sees(look: Look, dispatcher: FakeDispatcher) -> None:
    seen = look()

    assert (seen["events_platform_up"], seen["events_open"], seen["events_workers"]) == (1, 0, 0)
    assert not dispatcher.sent


@pytest.mark.parametrize("who", ["dynamodb", "dispatcher"])
def test_it_says_once_why_it_sees_nothing(
    *, look: Look, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture, who: str
) -> None:
    request.getfixturevalue("dispatcher")
    away = request.getfixturevalue(who)
    for is_away in (True, True, False, True):
        away.is_away = is_away
        assert look()["events_platform_up"] == int(not is_away)

    said = [each.msg["event"] for each in caplog.records if isinstance(each.msg, dict)]
    assert said.count("platform_metrics_postponed") == 2
