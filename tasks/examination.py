"""How the live queues differ from what the platform needs; it only reads."""

import json
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from events.finding import Finding
from tasks.queues import KEPT_SECONDS, WORKER_EVENTS_KEPT_SECONDS, max_receive_count

_BOOTSTRAP = "Run: manage.py bootstrap"


def examine_queues() -> Iterator[Finding]:
    """Yield a finding for each thing that was looked at."""
    dead_letter = yield from _examine_queue(settings.DEAD_LETTER_QUEUE, KEPT_SECONDS)
    work = yield from _examine_queue(settings.WORK_QUEUE, KEPT_SECONDS)
    yield from _examine_queue(settings.WORKER_EVENTS_QUEUE, WORKER_EVENTS_KEPT_SECONDS)
    if work is not None:
        yield _compare(
            f"visibility of queue {settings.WORK_QUEUE}",
            work["VisibilityTimeout"],
            settings.VISIBILITY_SECONDS,
        )
        yield from _examine_redrive_policy(work, dead_letter or {})


def _examine_queue(
    name: str, kept_seconds: int
) -> Generator[Finding, None, Mapping[str, str] | None]:
    """Return the attributes of a queue; None if it did not give them."""
    try:
        answer = _client().get_queue_attributes(
            QueueUrl=f"{settings.QUEUE_URL_PREFIX}/{name}", AttributeNames=["All"]
        )
    except (BotoCoreError, ClientError) as error:
        yield Finding(what=f"queue {name}", fault=str(error), mend=_mend_for(str(error)))
        return None
    attributes: Mapping[str, str] = answer["Attributes"]
    yield Finding(what=f"queue {name}")
    yield _compare(f"retention of queue {name}", attributes["MessageRetentionPeriod"], kept_seconds)
    return attributes


def _mend_for(reason: str) -> str:
    if "NonExistentQueue" in reason:
        return f"{_BOOTSTRAP}, or correct QUEUE_URL_PREFIX and the queue's name"
    if "AccessDenied" in reason:
        return "Give this host's role sqs:GetQueueAttributes"
    return "See whether AWS_ENDPOINT_URL, the credentials and the network are right"


def _examine_redrive_policy(
    work: Mapping[str, str], dead_letter: Mapping[str, str]
) -> Iterator[Finding]:
    policy = json.loads(work.get("RedrivePolicy") or "{}")
    what = f"redrive policy of queue {settings.WORK_QUEUE}"
    if not policy:
        yield _finding(what, "it has none, so SQS could delete messages")
        return
    target, wanted = policy.get("deadLetterTargetArn"), dead_letter.get("QueueArn")
    yield _finding(what, "" if wanted in (None, target) else f"it sends to {target}")
    allowed, needed = int(policy.get("maxReceiveCount", 0)), max_receive_count()
    yield _finding(
        f"maxReceiveCount of queue {settings.WORK_QUEUE}",
        "" if allowed >= needed else f"it is {allowed}, the handlers need {needed}",
    )


def _compare(what: str, found: str, wanted: int) -> Finding:
    return _finding(what, "" if int(found) == wanted else f"it is {found} s, not {wanted} s")


def _finding(what: str, fault: str) -> Finding:
    return Finding(what=what, fault=fault, mend=fault and _BOOTSTRAP)


def _client() -> Any:
    # Somebody waits for the answer.
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
    return boto3.client("sqs", region_name=settings.AWS_REGION, config=config)
