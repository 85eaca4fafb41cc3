"""How the live queues differ from what the platform needs; it only reads."""

import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from events.finding import Finding
from tasks.queues import max_receive_count

_BOOTSTRAP = "Run: manage.py bootstrap"
_FOURTEEN_DAYS = 1_209_600


def examine_queues() -> Iterator[Finding]:
    """Yield a finding for each thing that was looked at."""
    dead_letter = yield from _examine_queue(settings.DEAD_LETTER_QUEUE)
    work = yield from _examine_queue(settings.WORK_QUEUE)
    yield from _examine_queue(settings.WORKER_EVENTS_QUEUE)
    if work is not None:
        yield from _examine_work_queue(work, dead_letter or {})
    for name, found in ((settings.WORK_QUEUE, work), (settings.DEAD_LETTER_QUEUE, dead_letter)):
        if found is not None:
            yield _compare(
                f"retention of queue {name}",
                _seconds(found, "MessageRetentionPeriod"),
                _FOURTEEN_DAYS,
            )


def _examine_queue(name: str) -> Generator[Finding, None, Mapping[str, str] | None]:
    """Return the attributes of a queue; None if it did not give them."""
    try:
        answer = _client().get_queue_attributes(
            QueueUrl=f"{settings.QUEUE_URL_PREFIX}/{name}", AttributeNames=["All"]
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        mend = "Give this host's role sqs:GetQueueAttributes"
        if "NonExistentQueue" in code:
            mend = f"{_BOOTSTRAP}, or correct QUEUE_URL_PREFIX and the queue's name"
        yield Finding(what=f"queue {name}", fault=code, mend=mend)
    except BotoCoreError as error:
        mend = "See whether AWS_ENDPOINT_URL, the credentials and the network are right"
        yield Finding(what=f"queue {name}", fault=str(error), mend=mend)
    else:
        yield Finding(what=f"queue {name}")
        attributes: Mapping[str, str] = answer["Attributes"]
        return attributes
    return None


def _examine_work_queue(
    work: Mapping[str, str], dead_letter: Mapping[str, str]
) -> Iterator[Finding]:
    policy = json.loads(work.get("RedrivePolicy", "{}"))
    what = f"redrive policy of queue {settings.WORK_QUEUE}"
    if not policy:
        yield Finding(what=what, fault="it has none, so SQS could delete messages", mend=_BOOTSTRAP)
        return
    target, wanted = policy.get("deadLetterTargetArn"), dead_letter.get("QueueArn")
    is_right = wanted is None or target == wanted
    yield Finding(
        what=what,
        fault="" if is_right else f"it sends to {target}",
        mend="" if is_right else _BOOTSTRAP,
    )
    allowed, needed = int(policy.get("maxReceiveCount", 0)), max_receive_count()
    yield Finding(
        what=f"maxReceiveCount of queue {settings.WORK_QUEUE}",
        fault="" if allowed >= needed else f"it is {allowed}, the handlers need {needed}",
        mend="" if allowed >= needed else _BOOTSTRAP,
    )
    yield _compare(
        f"visibility of queue {settings.WORK_QUEUE}",
        _seconds(work, "VisibilityTimeout"),
        settings.VISIBILITY_SECONDS,
    )


def _compare(what: str, found: int, wanted: int) -> Finding:
    is_right = found == wanted
    return Finding(
        what=what,
        fault="" if is_right else f"it is {found} s, not {wanted} s",
        mend="" if is_right else _BOOTSTRAP,
    )


def _seconds(attributes: Mapping[str, str], name: str) -> int:
    return int(attributes.get(name, 0))


def _client() -> Any:
    # Somebody waits for the answer.
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
    return boto3.client("sqs", region_name=settings.AWS_REGION, config=config)
