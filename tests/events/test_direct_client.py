"""What a DirectClient says and hears on the wire, as botocore would."""

import json
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError
from botocore.httpsession import URLLib3Session

from events.direct_client import DirectClient, on_call, watch_calls
from events.direct_client import client as direct_client
from events.direct_client.connections import Response


class FakeConnections:
    """Stands in for the client's connections, and keeps what was sent."""

    def __init__(self) -> None:
        self.target = self.path = "/"
        self.heads: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.status = 200
        self.content = b"{}"

    def exchange(self, request: bytes) -> Response:
        head, _, body = request.partition(b"\r\n\r\n")
        _, *lines = head.decode().split("\r\n")
        self.heads.append(dict(line.split(": ", 1) for line in lines))
        self.bodies.append(body)
        response = Response()
        response.status = self.status
        response.headers = {
            "date": "Mon, 02 Jan 2026 03:04:05 GMT",
            "x-amzn-requestid": "request-1",
        }
        response.on_body(self.content)
        return response


class StockSession(URLLib3Session):  # type: ignore[misc]  # botocore has no types
    """Keeps what botocore itself would send."""

    sent: AWSPreparedRequest
    status = 200
    content = b"{}"

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        self.sent = request
        response = AWSResponse(request.url, self.status, HeadersDict(), None)
        response._content = self.content  # noqa: SLF001  # as if it had been read
        return response


@pytest.fixture
def stock() -> StockSession:
    return StockSession()


@pytest.fixture
def connections() -> FakeConnections:
    return FakeConnections()


@pytest.fixture
def client(connections: FakeConnections, stock: StockSession) -> Any:
    made = boto3.client(
        "sqs",
        region_name="eu-west-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    made._endpoint.http_session = stock  # noqa: SLF001  # botocore offers no other seam
    client = DirectClient(made, "SendMessageBatch")
    client._connections = connections  # type: ignore[assignment]  # noqa: SLF001  # no network here
    return client


def test_it_says_what_botocore_says(
    client: Any, connections: FakeConnections, stock: StockSession
) -> None:
    entries = [{"Id": "0", "MessageBody": "ü"}]
    client.send_message_batch(QueueUrl="url", Entries=entries)
    client._client.send_message_batch(QueueUrl="url", Entries=entries)  # noqa: SLF001  # the very client that it stands in for

    [head], [body] = connections.heads, connections.bodies
    assert json.loads(body) == json.loads(stock.sent.body)
    assert head["Content-Length"] == str(len(body))
    for name in ("X-Amz-Target", "Content-Type"):
        assert head[name] == stock.sent.headers[name].decode()
    assert head["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert "/eu-west-1/sqs/aws4_request" in head["Authorization"]


def test_it_gives_what_the_service_answered(client: Any, connections: FakeConnections) -> None:
    connections.content = b'{"Successful": [{"Id": "0"}]}'
    answer = client.send_message_batch(QueueUrl="url", Entries=[])

    assert answer["Successful"] == [{"Id": "0"}]
    assert answer["ResponseMetadata"]["HTTPHeaders"]["date"].startswith("Mon")


def test_it_raises_the_services_errors_as_botocore_does(
    client: Any, connections: FakeConnections
) -> None:
    connections.status = 400
    connections.content = b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "gone"}'

    with pytest.raises(ClientError) as caught:
        client.send_message_batch(QueueUrl="url", Entries=[])

    assert caught.value.response["Error"] == {"Code": "QueueDoesNotExist", "Message": "gone"}


@pytest.mark.parametrize("content", [b"<html>", b"[]", b""])
def test_it_takes_an_answer_that_is_none_for_a_network_error(
    content: bytes, client: Any, connections: FakeConnections
) -> None:
    connections.content = content

    with pytest.raises(HTTPClientError):
        client.send_message_batch(QueueUrl="url", Entries=[])


def test_it_sends_half_a_surrogate_pair_escaped(client: Any, connections: FakeConnections) -> None:
    client.send_message_batch(QueueUrl="url", Entries=[{"MessageBody": "\ud83d"}])

    assert json.loads(connections.bodies[0])["Entries"] == [{"MessageBody": "\ud83d"}]


def test_it_takes_half_a_surrogate_pair(client: Any, connections: FakeConnections) -> None:
    connections.content = b'{"Successful": [{"Id": "\\ud83d"}]}'

    assert client.send_message_batch(QueueUrl="url")["Successful"] == [{"Id": "\ud83d"}]


def test_it_signs_with_the_keys_of_the_moment(client: Any, connections: FakeConnections) -> None:
    role = RefreshableCredentials.create_from_metadata(
        {"access_key": "old", "secret_key": "x", "token": "t", "expiry_time": "2000-01-01T00:00Z"},
        refresh_using=lambda: {
            "access_key": "new",
            "secret_key": "x",
            "token": "t",
            "expiry_time": "2999-01-01T00:00Z",
        },
        method="an instance's role",
    )
    client._client._request_signer._credentials = role  # noqa: SLF001  # as above
    client.send_message_batch(QueueUrl="url", Entries=[])

    assert "Credential=new/" in connections.heads[0]["Authorization"]
    assert connections.heads[0]["X-Amz-Security-Token"] == "t"


def test_it_says_that_there_are_no_keys(client: Any) -> None:
    client._client._request_signer._credentials = None  # noqa: SLF001  # as above

    with pytest.raises(NoCredentialsError):
        client.send_message_batch(QueueUrl="url", Entries=[])


def test_it_names_the_request_for_the_support(client: Any) -> None:
    answer = client.send_message_batch(QueueUrl="url", Entries=[])

    assert answer["ResponseMetadata"]["RequestId"] == "request-1"


def test_it_leaves_all_other_operations_to_botocore(client: Any) -> None:
    assert client.receive_message.__self__ is client._client  # noqa: SLF001  # as above


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    calls: list[tuple[str, str, str]] = []
    monkeypatch.setattr(direct_client, "_listeners", [])
    on_call(lambda *call: calls.append(call))
    return calls


def test_it_tells_how_each_call_ended(
    client: Any, connections: FakeConnections, heard: list[tuple[str, str, str]]
) -> None:
    client.send_message_batch(QueueUrl="url", Entries=[])
    connections.content = b'{"__type": "com.amazonaws.sqs#RequestThrottled"}'
    connections.status = 400
    with pytest.raises(ClientError):
        client.send_message_batch(QueueUrl="url", Entries=[])
    connections.content = b"<html>"
    with pytest.raises(HTTPClientError):
        client.send_message_batch(QueueUrl="url", Entries=[])

    assert heard == [
        ("sqs", "SendMessageBatch", ""),
        ("sqs", "SendMessageBatch", "RequestThrottled"),
        ("sqs", "SendMessageBatch", "NoAnswer"),
    ]


def test_it_tells_of_botocores_own_calls_where_it_is_asked_to(
    client: Any, stock: StockSession, heard: list[tuple[str, str, str]]
) -> None:
    client.get_queue_attributes(QueueUrl="url")
    assert heard == []
    watch_calls(client._client)  # noqa: SLF001  # as above
    client.get_queue_attributes(QueueUrl="url")
    stock.status = 400
    stock.content = b'{"__type": "com.amazonaws.sqs#AWS.SimpleQueueService.OverLimit"}'
    with pytest.raises(ClientError):
        client.receive_message(QueueUrl="url")
    client.send_message_batch(QueueUrl="url", Entries=[])

    assert heard == [
        ("sqs", "GetQueueAttributes", ""),
        ("sqs", "ReceiveMessage", "OverLimit"),
        ("sqs", "SendMessageBatch", ""),
    ]
