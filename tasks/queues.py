"""Making the queues, and checking the one thing that durability hangs on: the redrive policy."""

import json
from typing import Any

import boto3
from botocore.exceptions import ClientError
from django.conf import settings

from events.registry import largest_max_retries

# How long SQS keeps messages: as long as it can, but for what is only counted.
KEPT_SECONDS = 1_209_600
WORKER_EVENTS_KEPT_SECONDS = 300


class RedrivePolicyMissing(Exception):
    """The work queue has no usable redrive policy, so a failed message could be deleted."""


def max_receive_count() -> int:
    """Return how often a message may be received before SQS sets it aside.

    Deploys and outages use up receives too, so this is far beyond what retries alone need.
    """
    return 3 * largest_max_retries() + 20


def bootstrap_queues() -> list[str]:
    """Make what is missing and say what was done, a line each; safe to repeat."""
    sqs = _client()
    dead_letter_arn, dead_letter_line = _make(
        sqs, settings.DEAD_LETTER_QUEUE, {"MessageRetentionPeriod": str(KEPT_SECONDS)}
    )
    redrive_policy = {
        "deadLetterTargetArn": dead_letter_arn,
        "maxReceiveCount": str(max_receive_count()),
    }
    _, work_line = _make(
        sqs,
        settings.WORK_QUEUE,
        {
            "VisibilityTimeout": str(settings.VISIBILITY_SECONDS),
            "MessageRetentionPeriod": str(KEPT_SECONDS),
            "RedrivePolicy": json.dumps(redrive_policy),
        },
    )
    _, worker_events_line = _make(
        sqs,
        settings.WORKER_EVENTS_QUEUE,
        {"MessageRetentionPeriod": str(WORKER_EVENTS_KEPT_SECONDS)},
    )
    return [dead_letter_line, work_line, worker_events_line]


def check_redrive_policy() -> None:
    """Raise RedrivePolicyMissing unless the work queue has a policy that retries cannot use up."""
    sqs = _client()
    queue = settings.WORK_QUEUE
    answer = sqs.get_queue_attributes(
        QueueUrl=f"{settings.QUEUE_URL_PREFIX}/{queue}", AttributeNames=["RedrivePolicy"]
    )
    policy = json.loads(answer.get("Attributes", {}).get("RedrivePolicy", "{}"))
    allowed = int(policy.get("maxReceiveCount", 0))
    if allowed < max_receive_count():
        found = f"allows {allowed} receives" if allowed else "is missing"
        raise RedrivePolicyMissing(
            f"The redrive policy of queue {queue} {found}; it must send messages to "
            f"{settings.DEAD_LETTER_QUEUE} after {max_receive_count()} receives or more. "
            f"Run: manage.py bootstrap"
        )


def _make(sqs: Any, name: str, attributes: dict[str, str]) -> tuple[str, str]:
    """Return the queue's ARN and what was done."""
    try:
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except ClientError as error:
        if "NonExistentQueue" not in error.response["Error"]["Code"]:
            raise
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return _arn(sqs, url), f"queue {name}: made"
    current = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    changed = {key: text for key, text in attributes.items() if not _same(current.get(key), text)}
    if changed:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)
        return current["QueueArn"], f"queue {name}: exists, changed {', '.join(sorted(changed))}"
    return current["QueueArn"], f"queue {name}: exists"


def _same(current: str | None, wanted: str) -> bool:
    if current is None:
        return False
    if wanted.startswith("{"):
        parsed: dict[str, object] = json.loads(current)
        return {key: str(value) for key, value in parsed.items()} == dict(json.loads(wanted))
    return current == wanted


def _arn(sqs: Any, url: str) -> str:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    arn: str = attributes["QueueArn"]
    return arn


def _client() -> Any:
    return boto3.client("sqs", region_name=settings.AWS_REGION)
