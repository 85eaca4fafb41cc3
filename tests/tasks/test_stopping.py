"""What a stopping worker says is in the log."""

import logging

import pytest
from celery.apps import worker


def test_it_logs_what_celery_would_print(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        worker.safe_say("worker: Warm shutdown (MainProcess)")

    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "worker: Warm shutdown (MainProcess)" in caplog.text
    assert "Warm shutdown" not in capfd.readouterr().out
