"""A botocore client whose hot operations go without the layers that make it slow.

botocore walks the shapes of what is sent and received, and asks its hooks at each step: two thirds
of a call's CPU. What is delicate stays botocore's own: credentials and their renewal, the
signature, connections with their timeouts and certificates, and the errors that callers know.
"""

import base64
import json
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, HTTPClientError, NoCredentialsError


class DirectClient:
    """Stands in for a client of a service that speaks JSON; it differs in some operations only.

    Those take and give what the wire has, which for texts, numbers, lists and maps is what
    botocore has, and they are never tried again.
    """

    def __init__(self, client: Any, *operations: str) -> None:
        self._client = client
        metadata = client.meta.service_model.metadata
        self._target_prefix = metadata["targetPrefix"]
        self._headers = {
            "Content-Type": f"application/x-amz-json-{metadata['jsonVersion']}",
            "User-Agent": client.meta.config.user_agent,
        }
        # botocore offers no public way to them.
        self._signer = client._request_signer  # noqa: SLF001
        self._session = client._endpoint.http_session  # noqa: SLF001
        for operation in operations:
            setattr(self, xform_name(operation), partial(self._call, operation))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation by its AWS name; raises what the client's own method would."""
        request = AWSRequest(
            method="POST",
            url=self._client.meta.endpoint_url,
            headers={**self._headers, "X-Amz-Target": f"{self._target_prefix}.{operation}"},
            data=_encoded(parameters),
        )
        self._sign(request)
        response = self._session.send(request.prepare())
        answer = _decoded(response.content)
        answer["ResponseMetadata"] = {
            "RequestId": response.headers.get("x-amzn-RequestId"),
            "HTTPStatusCode": response.status_code,
            "HTTPHeaders": {name.lower(): value for name, value in response.headers.items()},
        }
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise ClientError(_as_error(answer), operation)
        return answer

    def _sign(self, request: AWSRequest) -> None:
        """Sign with the keys of this moment: an instance's role has new ones every few hours."""
        credentials = self._signer._credentials  # noqa: SLF001  # as above
        if credentials is None:
            raise NoCredentialsError
        name, region = self._signer.signing_name, self._signer.region_name
        SigV4Auth(credentials.get_frozen_credentials(), name, region).add_auth(request)


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
        answer = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        # A proxy on the way speaks HTML when the service is away.
        raise HTTPClientError(error=f"the answer is not JSON: {error}") from error
    if not isinstance(answer, dict):
        raise HTTPClientError(error="the answer is not a JSON object")
    return answer


def _as_error(answer: dict[str, Any]) -> dict[str, Any]:
    """Shape an error as botocore does: the Code of com.amazonaws.x#Code."""
    code = str(answer.get("__type") or answer["ResponseMetadata"]["HTTPStatusCode"])
    message = answer.get("message") or answer.get("Message") or ""
    return {**answer, "Error": {"Code": code.rpartition("#")[2], "Message": message}}
