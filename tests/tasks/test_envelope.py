import json
from typing import Any

import pytest
from django.conf import settings
from kombu import Queue

from config.celery import app
from tasks.dispatch import PROCESS_TASK
from tasks.envelope import write_message

EVENT_ID = "0191f3a4-0000-7000-8000-000000000001"


def written() -> dict[str, Any]:
    text = write_message(PROCESS_TASK, EVENT_ID, 3, queue=settings.WORK_QUEUE)
    message: dict[str, Any] = json.loads(text)
    return message


def sent_by_celery(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []
    channel: Any = app.connection_for_write().default_channel
    monkeypatch.setattr(channel, "_put", lambda _queue, message, **_: sent.append(message))
    app.amqp.send_task_message(
        app.amqp.Producer(channel),
        PROCESS_TASK,
        app.amqp.as_task_v2("task-1", PROCESS_TASK, (EVENT_ID, 3), ignore_result=True),
        queue=Queue(settings.WORK_QUEUE, routing_key=settings.WORK_QUEUE),
        declare=[],
        retry=False,
    )
    return sent[0]


def test_it_writes_what_celery_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, stock = written(), sent_by_celery(monkeypatch)
    task_id = ours["headers"]["id"]
    for message in (ours, stock):
        message["properties"].pop("delivery_tag")

    assert json.dumps(ours, sort_keys=True).replace(task_id, "task-1") == json.dumps(
        stock, sort_keys=True
    )


def test_it_gives_each_message_an_id_of_its_own() -> None:
    assert written()["headers"]["id"] != written()["headers"]["id"]
