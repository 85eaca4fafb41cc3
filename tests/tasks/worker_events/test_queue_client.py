import pytest

from tasks.worker_events.queue_client import QueueClient


def test_it_asks_where_sqs_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:2")

    assert QueueClient("any")._sqs.meta.endpoint_url == "http://127.0.0.1:2"  # noqa: SLF001  # nothing public tells
