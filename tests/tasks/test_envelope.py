import json
from contextvars import copy_context
from typing import Any

import pytest
from django.conf import settings
from kombu import Queue

from config.celery import app
from events import request_ids
from tasks.dispatch import PROCESS_TASK
from tasks.envelope import REQUEST_ID_HEADER, Message, read_message, write_message

EVENT_ID = "0191f3a4-0000-7000-8000-000000000001"


def write(request_id: str | None) -> str:
    def write_for_it() -> str:
        request_ids.begin(request_id)
        return write_message(PROCESS_TASK, EVENT_ID, 3, queue=settings.WORK_QUEUE)

    return copy_context().run(write_for_it)


def written(*, request_id: str | None = None) -> dict[str, Any]:
    text = write(request_id)
    message: dict[str, Any] = json.loads(text)
    return message


def sent_by_celery(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str] | None
) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []
    channel: Any = app.connection_for_write().default_channel
    monkeypatch.setattr(channel, "_put", lambda _queue, message, **_: sent.append(message))
    app.amqp.send_task_message(
        app.amqp.Producer(channel),
        PROCESS_TASK,
        app.amqp.as_task_v2("task-1", PROCESS_TASK, (EVENT_ID, 3), ignore_result=True),
        queue=Queue(settings.WORK_QUEUE, routing_key=settings.WORK_QUEUE),
        headers=headers,
        declare=[],
        retry=False,
    )
    return sent[0]


@pytest.mark.parametrize("request_id", [None, "request-1"])
def test_it_writes_what_celery_writes(
    monkeypatch: pytest.MonkeyPatch, request_id: str | None
) -> None:
    headers = None if request_id is None else {REQUEST_ID_HEADER: request_id}
    ours, stock = written(request_id=request_id), sent_by_celery(monkeypatch, headers)
    task_id = ours["headers"]["id"]
    for message in (ours, stock):
        message["properties"].pop("delivery_tag")

    assert json.dumps(ours, sort_keys=True).replace(task_id, "task-1") == json.dumps(
        stock, sort_keys=True
    )


def test_it_gives_each_message_an_id_of_its_own() -> None:
    assert written()["headers"]["id"] != written()["headers"]["id"]


@pytest.mark.parametrize("request_id", [None, "request-1"])
def test_it_reads_what_it_writes(request_id: str | None) -> None:
    assert read_message(write(request_id)) == Message(PROCESS_TASK, EVENT_ID, 3, request_id)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"headers": {"task": "x"}, "body": "[]"}'])
def test_it_reads_nothing_else(text: str) -> None:
    assert read_message(text) is None


def test_it_takes_no_strange_request_id() -> None:
    message = written(request_id="request-1")
    message["headers"][REQUEST_ID_HEADER] = 'a"b'

    read = read_message(json.dumps(message))
    assert read is not None
    assert read.request_id is None
