"""What a DirectClient says and hears on the wire, as botocore would."""

import json
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError

from events.direct_client import DirectClient


class FakeSession:
    """Stands in for botocore's connections."""

    def __init__(self) -> None:
        self.sent: list[AWSPreparedRequest] = []
        self.status = 200
        self.content = b"{}"

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        self.sent.append(request)
        headers = HeadersDict(
            {"Date": "Mon, 02 Jan 2026 03:04:05 GMT", "x-amzn-RequestId": "request-1"}
        )
        response = AWSResponse(request.url, self.status, headers, None)
        response._content = self.content  # noqa: SLF001  # as if it had been read
        return response


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def client(session: FakeSession) -> Any:
    made = boto3.client(
        "sqs",
        region_name="eu-west-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    made._endpoint.http_session = session  # noqa: SLF001  # botocore offers no other seam
    return DirectClient(made, "SendMessageBatch")


def test_it_says_what_botocore_says(client: Any, session: FakeSession) -> None:
    client.send_message_batch(QueueUrl="url", Entries=[{"Id": "0", "MessageBody": "ü"}])
    client._client.send_message_batch(  # noqa: SLF001  # the very client that it stands in for
        QueueUrl="url", Entries=[{"Id": "0", "MessageBody": "ü"}]
    )

    ours, stock = session.sent
    assert json.loads(ours.body) == json.loads(stock.body)
    for name in ("X-Amz-Target", "Content-Type"):
        assert ours.headers[name] == stock.headers[name].decode()
    assert ours.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert "/eu-west-1/sqs/aws4_request" in ours.headers["Authorization"]


def test_it_gives_what_the_service_answered(client: Any, session: FakeSession) -> None:
    session.content = b'{"Successful": [{"Id": "0"}]}'
    answer = client.send_message_batch(QueueUrl="url", Entries=[])

    assert answer["Successful"] == [{"Id": "0"}]
    assert answer["ResponseMetadata"]["HTTPHeaders"]["date"].startswith("Mon")


def test_it_raises_the_services_errors_as_botocore_does(client: Any, session: FakeSession) -> None:
    session.status = 400
    session.content = b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "gone"}'

    with pytest.raises(ClientError) as caught:
        client.send_message_batch(QueueUrl="url", Entries=[])

    assert caught.value.response["Error"] == {"Code": "QueueDoesNotExist", "Message": "gone"}


@pytest.mark.parametrize("content", [b"<html>", b"[]", b""])
def test_it_takes_an_answer_that_is_none_for_a_network_error(
    content: bytes, client: Any, session: FakeSession
) -> None:
    session.content = content

    with pytest.raises(HTTPClientError):
        client.send_message_batch(QueueUrl="url", Entries=[])


def test_it_sends_half_a_surrogate_pair_escaped(client: Any, session: FakeSession) -> None:
    client.send_message_batch(QueueUrl="url", Entries=[{"MessageBody": "\ud83d"}])

    assert json.loads(session.sent[0].body)["Entries"] == [{"MessageBody": "\ud83d"}]


def test_it_signs_with_the_keys_of_the_moment(client: Any, session: FakeSession) -> None:
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

    assert "Credential=new/" in session.sent[0].headers["Authorization"]
    assert session.sent[0].headers["X-Amz-Security-Token"] == "t"


def test_it_says_that_there_are_no_keys(client: Any) -> None:
    client._client._request_signer._credentials = None  # noqa: SLF001  # as above

    with pytest.raises(NoCredentialsError):
        client.send_message_batch(QueueUrl="url", Entries=[])


def test_it_names_the_request_for_the_support(client: Any) -> None:
    answer = client.send_message_batch(QueueUrl="url", Entries=[])

    assert answer["ResponseMetadata"]["RequestId"] == "request-1"


def test_it_leaves_all_other_operations_to_botocore(client: Any) -> None:
    assert client.receive_message.__self__ is client._client  # noqa: SLF001  # as above
