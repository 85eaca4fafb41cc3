"""The client itself: what is said and heard, as botocore would.

botocore walks the shapes of what is sent and received, and asks its hooks at each step; urllib3
sets timeouts, looks and parses in a dozen steps, and each that waits lets other threads in: nine
tenths of a call's CPU. What is delicate stays theirs: credentials and their renewal, how
connections are opened, with their timeouts, proxies and certificates, and the errors that callers
know.
"""

import base64
import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson
from botocore import xform_name
from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError

from events.direct_client.connections import Connections
from events.direct_client.signature import Request, sign

_listeners: list[Callable[[str, str, str], None]] = []
_NO_ANSWER = "NoAnswer"


def on_call(listener: Callable[[str, str, str], None]) -> None:
    """Have ``listener`` called with service, operation and error code of each call.

    The code is AWS's own, empty if all went well, and NoAnswer if there was none.
    """
    _listeners.append(listener)


def watch_calls(client: Any) -> Any:
    """Have the listeners told of a botocore client's own calls, too; return the client."""
    events = client.meta.events
    events.register("after-call", _after_call)
    events.register("after-call-error", _after_call)
    return client


def _after_call(event_name: str, parsed: dict[str, Any] | None = None, **_: Any) -> None:
    # It is called after-call.sqs.ReceiveMessage.
    service, operation = event_name.split(".")[1:]
    code = _NO_ANSWER if parsed is None else parsed.get("Error", {}).get("Code", "")
    _tell(service, operation, code)


def _tell(service: str, operation: str, code: str) -> None:
    for listener in _listeners:
        # Some come with what they were called before: AWS.SimpleQueueService.OverLimit
        listener(service, operation, code.rpartition(".")[2])


class DirectClient:
    """Stands in for a client of a service that speaks JSON; it differs in some operations only.

    Those take and give what the wire has, which for texts, numbers, lists and maps is what
    botocore has. They are never tried again, not even where a kept connection turns out closed:
    whoever calls them does so.
    """

    def __init__(self, client: Any, *operations: str) -> None:
        self._client = client
        metadata = client.meta.service_model.metadata
        self._target_prefix = metadata["targetPrefix"]
        self._service = metadata["endpointPrefix"]
        self._content_type = f"application/x-amz-json-{metadata['jsonVersion']}"
        self._user_agent = client.meta.config.user_agent
        self._host = _host_of(client.meta.endpoint_url)
        # botocore offers no public way to them.
        self._signer = client._request_signer  # noqa: SLF001
        self._connections = Connections(
            client._endpoint.http_session,  # noqa: SLF001
            client.meta.endpoint_url,
            most_idle=client.meta.config.max_pool_connections,
        )
        for operation in operations:
            setattr(self, xform_name(operation), partial(self._call, operation))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def close(self) -> None:
        """Close the connections that wait for a next call; one under way keeps its own."""
        self._connections.close()
        self._client.close()

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation by its AWS name; raises what the client's own method would."""
        try:
            response = self._connections.exchange(self._request(operation, _encoded(parameters)))
            answer = _decoded(response.content)
        except Exception:
            _tell(self._service, operation, _NO_ANSWER)
            raise
        answer["ResponseMetadata"] = {
            "RequestId": response.headers.get("x-amzn-requestid"),
            "HTTPStatusCode": response.status,
            "HTTPHeaders": response.headers,
        }
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            error = _as_error(answer)
            _tell(self._service, operation, error["Error"]["Code"])
            raise ClientError(error, operation)
        _tell(self._service, operation, "")
        return answer

    def _request(self, operation: str, body: bytes) -> bytes:
        """Write a request, signed with the keys of this moment."""
        request = Request(
            path=self._connections.path,
            host=self._host,
            content_type=self._content_type,
            target=f"{self._target_prefix}.{operation}",
            body=body,
        )
        signer = self._signer
        credentials = signer._credentials  # noqa: SLF001  # as above
        if credentials is None:
            raise NoCredentialsError
        # An instance's role has new ones every few hours.
        frozen = credentials.get_frozen_credentials()
        signed = sign(request, frozen, region=signer.region_name, service=signer.signing_name)
        return (
            f"POST {self._connections.target} HTTP/1.1\r\n"
            f"Host: {self._host}\r\n"
            f"User-Agent: {self._user_agent}\r\n"
            f"Content-Type: {self._content_type}\r\n"
            f"X-Amz-Target: {request.target}\r\n"
            f"{signed}"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body


def _host_of(url: str) -> str:
    """Return what the Host header says, and what is signed: the usual port is left out."""
    parts = urlsplit(url)
    usual_port = {"http": 80, "https": 443}[parts.scheme]
    host = parts.netloc.rpartition("@")[2]
    return host.removesuffix(f":{usual_port}")


def _encoded(parameters: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(parameters, default=_as_base64)
    except orjson.JSONEncodeError:
        # Half a surrogate pair, out of some handler's error: the slow way escapes it. One odd
        # entry must not fail all others of a shared call.
        return json.dumps(parameters, default=_as_base64).encode()


def _as_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decoded(content: bytes) -> dict[str, Any]:
    try:
        answer = _parsed(content)
    except ValueError as error:
        # A proxy on the way speaks HTML when the service is away.
        raise HTTPClientError(error=f"the answer is not JSON: {error}") from error
    if not isinstance(answer, dict):
        raise HTTPClientError(error="the answer is not a JSON object")
    return answer


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        # As above: one odd item must not fail all others of a page.
        return json.loads(content)


def _as_error(answer: dict[str, Any]) -> dict[str, Any]:
    """Shape an error as botocore does: the Code of com.amazonaws.x#Code."""
    code = str(answer.get("__type") or answer["ResponseMetadata"]["HTTPStatusCode"])
    message = answer.get("message") or answer.get("Message") or ""
    return {**answer, "Error": {"Code": code.rpartition("#")[2], "Message": message}}
