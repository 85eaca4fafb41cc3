import json
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.conf import settings as platform_settings
from pytest_django import Settings

from events.registry import registered
from tasks import queues
from tasks.queues import RedrivePolicyMissing, bootstrap_queues, check_redrive_policy
from tests.processes import Emulator

pytestmark = pytest.mark.integration


@pytest.fixture
def sqs(aws: Emulator, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Reach an SQS that lacks the queues of this test's platform."""
    run = uuid.uuid4().hex[:8]
    settings.WORK_QUEUE = f"work-{run}"
    settings.DEAD_LETTER_QUEUE = f"dead-letter-{run}"
    settings.WORKER_EVENTS_QUEUE = f"worker-events-{run}"
    settings.QUEUE_URL_PREFIX = f"{aws.endpoint}/000000000000"
    client = boto3.client("sqs", endpoint_url=aws.endpoint, region_name=settings.AWS_REGION)
    monkeypatch.setattr(queues, "_client", lambda: client)
    yield client
    client.close()


def attributes(sqs: Any, queue: str) -> dict[str, str]:
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
        "Attributes"
    ]
    return found


def test_it_makes_a_work_queue_on_which_nothing_is_lost(sqs: Any) -> None:
    lines = bootstrap_queues()

    assert [line.rpartition(": ")[2] for line in lines] == ["made"] * 3
    work = attributes(sqs, platform_settings.WORK_QUEUE)
    assert work["VisibilityTimeout"] == str(platform_settings.VISIBILITY_SECONDS)
    assert work["MessageRetentionPeriod"] == "1209600"
    dead_letter = attributes(sqs, platform_settings.DEAD_LETTER_QUEUE)["QueueArn"]
    assert json.loads(work["RedrivePolicy"])["deadLetterTargetArn"] == dead_letter


def test_it_leaves_queues_alone_that_are_right(sqs: Any) -> None:
    bootstrap_queues()

    assert [line.rpartition(": ")[2] for line in bootstrap_queues()] == ["exists"] * 3
    check_redrive_policy()
    assert sqs


def test_it_puts_a_changed_queue_right(sqs: Any) -> None:
    bootstrap_queues()
    url = sqs.get_queue_url(QueueName=platform_settings.WORK_QUEUE)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})

    assert any("changed VisibilityTimeout" in line for line in bootstrap_queues())
    work = attributes(sqs, platform_settings.WORK_QUEUE)
    assert work["VisibilityTimeout"] == str(platform_settings.VISIBILITY_SECONDS)


def test_it_refuses_a_queue_without_a_redrive_policy(sqs: Any) -> None:
    sqs.create_queue(QueueName=platform_settings.WORK_QUEUE)

    with pytest.raises(RedrivePolicyMissing, match=r"is missing.*manage\.py bootstrap"):
        check_redrive_policy()


def test_it_refuses_a_policy_that_retries_would_use_up(sqs: Any) -> None:
    bootstrap_queues()

    with (
        registered("order.created", print, max_retries=100),
        pytest.raises(RedrivePolicyMissing, match=r"allows 41 receives.*after 320 receives"),
    ):
        check_redrive_policy()
    assert sqs


def test_it_raises_the_policy_with_the_retries(sqs: Any) -> None:
    bootstrap_queues()
    with registered("order.created", print, max_retries=100):
        bootstrap_queues()
        check_redrive_policy()

    assert sqs
