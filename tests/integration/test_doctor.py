import json

import boto3
import pytest

from tests.conftest import StartStack
from tests.processes import Emulator
from tests.stack import Stack


def examine(stack: Stack) -> dict[str, str]:
    """Return what is wrong, and how to mend it."""
    findings = json.loads(stack.diagnose())["findings"]
    return {each["what"].split(" of ")[0]: each["mend"] for each in findings if each["fault"]}


@pytest.fixture
def stack(start_stack: StartStack) -> Stack:
    return start_stack(workers=0)


def test_it_finds_what_differs_and_bootstrap_mends_it(stack: Stack, aws: Emulator) -> None:
    assert examine(stack) == {}
    sqs = boto3.client(
        "sqs",
        endpoint_url=aws.endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    url = stack.queue_url("WORK_QUEUE")
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    policy = json.loads(answer["Attributes"]["RedrivePolicy"]) | {"maxReceiveCount": "3"}
    changed = {
        "VisibilityTimeout": "300",
        "MessageRetentionPeriod": "3600",
        "RedrivePolicy": json.dumps(policy),
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)
    sqs.close()

    found = examine(stack)

    assert set(found) == {"maxReceiveCount", "retention", "visibility"}
    assert set(found.values()) == {"Run: manage.py bootstrap"}
    stack.manage("bootstrap")
    assert examine(stack) == {}
