"""The message of a task on an event, as Celery writes it and many times faster.

What Celery puts around the two arguments is the same for each message but for the ids: it is
written once, and they are filled in.
"""

import json
from functools import lru_cache
from typing import NamedTuple

import uuid_utils
from celery import current_app
from kombu.utils.json import dumps

from events import request_ids

# In the headers, which Celery hands to the task as members of its request.
REQUEST_ID_HEADER = "request_id"
# They stand in the template for what changes, so nothing else in a message may look like them.
_TASK_ID = "{task-id}"
_EVENT_ID = "{event-id}"
_REQUEST_ID = "{request-id}"
_PERSISTENT = 2


class Message(NamedTuple):
    """What a message of the platform's says, and for which request."""

    task: str
    event_id: str
    generation: int
    request_id: str | None


def write_message(task: str, event_id: str, generation: int, *, queue: str) -> str:
    """Return the body of an SQS message that runs the task on the event.

    It carries the id of the request that asks for it, in this context, if there is one.
    """
    request_id = request_ids.current()
    template = _template(task, generation, queue, is_requested=request_id is not None)
    if request_id is not None:
        template = template.replace(_REQUEST_ID, request_id)
    # Unlike the event's, it is new for each message: a worker tells its messages apart by it.
    task_id = str(uuid_utils.uuid4())
    return template.replace(_TASK_ID, task_id).replace(_EVENT_ID, event_id)


def read_message(text: str) -> Message | None:
    """Return what a message says; None if it is nothing that the platform writes."""
    try:
        envelope = json.loads(text)
        headers = envelope["headers"]
        (event_id, generation), _, _ = json.loads(envelope["body"])
        request_id = request_ids.sane(headers.get(REQUEST_ID_HEADER))
        return Message(str(headers["task"]), str(event_id), int(generation), request_id)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


@lru_cache(maxsize=64)  # generations are few
def _template(task: str, generation: int, queue: str, *, is_requested: bool) -> str:
    written = current_app.amqp.as_task_v2(
        _TASK_ID, task, (_EVENT_ID, generation), ignore_result=True
    )
    properties = {
        **written.properties,
        "delivery_mode": _PERSISTENT,
        "delivery_info": {"exchange": "", "routing_key": queue},
        "priority": 0,
        "body_encoding": None,
        "delivery_tag": _TASK_ID,
    }
    message = {
        "body": dumps(written.body),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": written.headers | ({REQUEST_ID_HEADER: _REQUEST_ID} if is_requested else {}),
        "properties": properties,
    }
    return dumps(message)
