"""The proxy does what drills rely on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from tests.faults import FaultProxy, delay, drop, duplicate, hang, lose_answer, refuse, throttle
from tests.faults.rules import Fault
from tests.processes import Emulator

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def module_proxy(aws: Emulator) -> Iterator[FaultProxy]:
    proxy = FaultProxy(aws.endpoint).start()
    yield proxy
    proxy.stop()


@pytest.fixture
def proxy(module_proxy: FaultProxy) -> Iterator[FaultProxy]:
    yield module_proxy
    module_proxy.clear()
    module_proxy.heal()


def client(service: str, url: str, *, read_timeout: float = 20) -> Any:
    config = Config(
        connect_timeout=20,
        read_timeout=read_timeout,
        retries={"total_max_attempts": 1},
        parameter_validation=False,
    )
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


@pytest.fixture
def sqs(module_proxy: FaultProxy) -> Iterator[Any]:
    made = client("sqs", module_proxy.url)
    yield made
    made.close()


@pytest.fixture
def dynamodb(module_proxy: FaultProxy) -> Iterator[Any]:
    made = client("dynamodb", module_proxy.url)
    yield made
    made.close()


@pytest.fixture
def queue_url(sqs: Any, proxy: FaultProxy) -> Iterator[str]:
    url = sqs.create_queue(QueueName="proxied")["QueueUrl"]
    proxy.clear()
    yield url
    proxy.clear()
    proxy.heal()
    sqs.delete_queue(QueueUrl=url)


def depth(sqs: Any, queue_url: str) -> int:
    name = "ApproximateNumberOfMessages"
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def test_it_keeps_clients_coming_through_it(queue_url: str, proxy: FaultProxy) -> None:
    assert queue_url.startswith(proxy.url)


def test_it_counts_and_remembers(sqs: Any, queue_url: str, proxy: FaultProxy) -> None:
    sqs.send_message(QueueUrl=queue_url, MessageBody="a")

    assert proxy.calls["SendMessage"] == 1
    assert proxy.parameters("SendMessage")[0]["MessageBody"] == "a"


@pytest.mark.parametrize(
    ("fault", "error", "arrived"),
    [
        (refuse(503, "ServiceUnavailable"), ClientError, 0),
        (throttle(), ClientError, 0),
        (drop(), BotoCoreError, 0),
        (lose_answer(), BotoCoreError, 1),
    ],
    ids=["refuse", "throttle", "drop", "lose answer"],
)
def test_it_breaks_one_call(  # noqa: PLR0917  # fixtures and cases have no order
    sqs: Any, queue_url: str, proxy: FaultProxy, fault: Fault, error: type[Exception], arrived: int
) -> None:
    proxy.inject("SendMessage", fault, times=1)

    with pytest.raises(error):
        sqs.send_message(QueueUrl=queue_url, MessageBody="a")

    assert depth(sqs, queue_url) == arrived
    sqs.send_message(QueueUrl=queue_url, MessageBody="b")


def test_it_lets_one_call_hang(sqs: Any, queue_url: str, proxy: FaultProxy) -> None:
    proxy.inject("SendMessage", hang(), times=1)
    impatient = client("sqs", proxy.url, read_timeout=0.5)

    with pytest.raises(ReadTimeoutError):
        impatient.send_message(QueueUrl=queue_url, MessageBody="a")

    impatient.close()
    assert depth(sqs, queue_url) == 0
    sqs.send_message(QueueUrl=queue_url, MessageBody="b")


@pytest.mark.parametrize(("fault", "arrived"), [(delay(0.01), 1), (duplicate(), 2)])
def test_it_disturbs_one_call(
    *, sqs: Any, queue_url: str, proxy: FaultProxy, fault: Fault, arrived: int
) -> None:
    proxy.inject("*", fault, times=1)

    sqs.send_message(QueueUrl=queue_url, MessageBody="a")

    assert depth(sqs, queue_url) == arrived


def test_it_leaves_calls_alone_that_a_rule_does_not_mean(
    sqs: Any, queue_url: str, proxy: FaultProxy
) -> None:
    rule = proxy.inject("SendMessage", drop(), when=lambda call: call["MessageBody"] == "bad")

    sqs.send_message(QueueUrl=queue_url, MessageBody="good")
    with pytest.raises(BotoCoreError):
        sqs.send_message(QueueUrl=queue_url, MessageBody="bad")
    proxy.remove(rule)
    sqs.send_message(QueueUrl=queue_url, MessageBody="bad")

    assert depth(sqs, queue_url) == 2


def test_it_cuts_and_heals_the_link(sqs: Any, queue_url: str, proxy: FaultProxy) -> None:
    proxy.cut()
    with pytest.raises(BotoCoreError):
        sqs.send_message(QueueUrl=queue_url, MessageBody="a")
    proxy.heal()

    sqs.send_message(QueueUrl=queue_url, MessageBody="a")


def test_it_serves_many_at_a_time(sqs: Any, queue_url: str, proxy: FaultProxy) -> None:
    with ThreadPoolExecutor(16) as threads:
        send = [
            threads.submit(sqs.send_message, QueueUrl=queue_url, MessageBody=str(n))
            for n in range(200)
        ]
        assert all(each.result(20) for each in send)

    assert proxy.calls["SendMessage"] == 200


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "MessageBody": "a"} for n in range(11)], "TooManyEntries"),
        ([{"Id": "0", "MessageBody": "a"}] * 2, "NotDistinct"),
        ([{"Id": str(n), "MessageBody": "a" * 600_000} for n in range(2)], "TooLong"),
    ],
)
def test_it_refuses_batches_that_sqs_refuses(
    *, sqs: Any, queue_url: str, proxy: FaultProxy, entries: list[Any], code: str
) -> None:
    with pytest.raises(ClientError, match=code):
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)

    assert len(proxy.refusals) == 1


@pytest.fixture
def table(dynamodb: Any, proxy: FaultProxy) -> Iterator[str]:
    dynamodb.create_table(
        TableName="proxied",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield "proxied"
    proxy.clear()
    dynamodb.delete_table(TableName="proxied")


def insert(event_id: str) -> dict[str, Any]:
    return {
        "Statement": "INSERT INTO \"proxied\" VALUE {'note': 'why?', 'n': ?, 'id': ?}",
        "Parameters": [{"N": "1"}, {"S": event_id}],
    }


def update(event_id: str) -> dict[str, Any]:
    return {
        "Statement": 'UPDATE "proxied" SET n=? WHERE id=? AND n>=?',
        "Parameters": [{"N": "2"}, {"S": event_id}, {"N": "0"}],
    }


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "statements",
    [[insert("a"), insert("a")], [update("a"), update("b"), update("a")]],
    ids=["insert", "update"],
)
def test_it_refuses_one_key_twice(dynamodb: Any, statements: list[Any]) -> None:
    with pytest.raises(ClientError, match="one key twice"):
        dynamodb.batch_execute_statement(Statements=statements)


@pytest.mark.usefixtures("table")
def test_it_refuses_more_statements_than_dynamodb_takes(dynamodb: Any) -> None:
    with pytest.raises(ClientError, match="26 items"):
        dynamodb.batch_execute_statement(Statements=[insert(str(n)) for n in range(26)])


@pytest.mark.usefixtures("table")
def test_it_lets_different_keys_pass(dynamodb: Any, proxy: FaultProxy) -> None:
    dynamodb.batch_execute_statement(Statements=[insert("a"), insert("b")])
    answer = dynamodb.batch_execute_statement(Statements=[update("a"), update("b")])

    assert not any("Error" in each for each in answer["Responses"])
    assert not proxy.refusals


@pytest.mark.usefixtures("table")
def test_it_refuses_one_key_twice_in_a_plain_batch(dynamodb: Any) -> None:
    put = {"PutRequest": {"Item": {"id": {"S": "a"}}}}
    with pytest.raises(ClientError, match="one key twice"):
        dynamodb.batch_write_item(RequestItems={"proxied": [put, put]})
