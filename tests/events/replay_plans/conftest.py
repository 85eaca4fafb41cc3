"""Pages so small that plans of few events have several."""

import pytest

from events.services import replay_pages


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_pages, "_STEPS_PER_PAGE", 2)
