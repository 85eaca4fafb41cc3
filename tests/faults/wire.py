"""As much HTTP and AWS as a proxy needs: whole messages, operations, error answers."""

import asyncio
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class HTTPMessage:
    """A request or an answer, byte for byte as it came."""

    head: bytes
    body: bytes

    @property
    def raw(self) -> bytes:
        return self.head + self.body

    def header(self, name: str) -> str:
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.encode():
                return value.strip().decode()
        return ""

    @cached_property
    def operation(self) -> str:
        """The AWS operation, such as ``ReceiveMessage``; empty for anything else."""
        return self.header("x-amz-target").rpartition(".")[2]

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """What the operation was called with; empty where the body is no JSON object."""
        try:
            parameters = json.loads(self.body)
        except ValueError:
            return {}
        return parameters if isinstance(parameters, dict) else {}


async def read_message(reader: asyncio.StreamReader) -> HTTPMessage | None:
    """Read one message; None when the other side has closed."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    message = HTTPMessage(head, b"")
    if message.header("transfer-encoding").lower() == "chunked":
        return HTTPMessage(head, await _read_chunks(reader))
    return HTTPMessage(head, await reader.readexactly(int(message.header("content-length") or 0)))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        size_line = await reader.readuntil(b"\r\n")
        chunk = await reader.readexactly(int(size_line.split(b";")[0], 16) + 2)
        body += size_line + chunk
        if chunk == b"\r\n":
            return body


def answer(status: int, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status} Fault\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        "x-amzn-RequestId: fault\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def error_answer(status: int, code: str, message: str = "injected") -> bytes:
    return answer(status, json.dumps({"__type": f"aws#{code}", "message": message}).encode())


def request(host: str, target: str, parameters: dict[str, Any]) -> HTTPMessage:
    """Make a request of the proxy's own; emulators do not check signatures."""
    body = json.dumps(parameters).encode()
    head = (
        "POST / HTTP/1.1\r\n"
        f"Host: {host}\r\n"
        f"X-Amz-Target: {target}\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request,"
        " SignedHeaders=host, Signature=0\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return HTTPMessage(head.encode(), body)
