"""Kept connections to one address, for requests that are written already."""

import select
import time
from collections import deque
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httptools
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from urllib3 import exceptions as urllib3_errors

_RECEIVE_BYTES = 65_536
# One that was used just now is not looked at first; the service keeps them for much longer.
_FRESH_SECONDS = 0.5


class Response:
    """An answer as its parser finds it."""

    def __init__(self) -> None:
        self.status = 0
        # Under lower-case names.
        self.headers: dict[str, str] = {}
        self.is_complete = False
        self._parts: list[bytes] = []

    @property
    def content(self) -> bytes:
        return b"".join(self._parts)

    @property
    def is_last(self) -> bool:
        """Say whether the connection ends with it."""
        return self.headers.get("connection", "").lower() == "close"

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        self.is_complete = True


class _Connection:
    """One of urllib3's, with room of its own for what comes.

    A new piece of memory for each answer, cut to its size, would leave the rest of it in splinters.
    """

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.used_at = 0.0
        self._room = memoryview(bytearray(_RECEIVE_BYTES))

    def exchange(self, request: bytes) -> Response:
        self.raw.sock.sendall(request)
        response = Response()
        parser = httptools.HttpResponseParser(response)
        while not response.is_complete:
            size = self.raw.sock.recv_into(self._room)
            if not size:
                raise ConnectionResetError("the connection ended before the answer did")
            parser.feed_data(self._room[:size])
        response.status = parser.get_status_code()
        return response

    def has_ended(self) -> bool:
        """Tell whether the other side closed it: nothing else can be there to be read."""
        poll = select.poll()
        poll.register(self.raw.sock, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        self.raw.close()


class Connections:
    """Opens connections as botocore's session would, and keeps as many as are used at once.

    No more than ``most_idle`` wait for a next request.
    """

    def __init__(self, session: Any, url: str, *, most_idle: int) -> None:
        # None of it is public: what a session does before it hands a request to urllib3.
        proxy_url = session._proxy_config.proxy_url_for(url)  # noqa: SLF001
        self._pool = session._get_connection_manager(url, proxy_url).connection_from_url(url)  # noqa: SLF001
        session._setup_ssl_cert(self._pool, url, session._verify)  # noqa: SLF001
        self.target = session._get_request_target(url, proxy_url)  # noqa: SLF001
        self.path = urlsplit(url).path or "/"
        self._url = url
        self._most_idle = most_idle
        self._idle: deque[_Connection] = deque()

    def exchange(self, request: bytes) -> Response:
        """Send a request and return what is answered; raises botocore's errors of the network."""
        connection = self._take()
        try:
            response = connection.exchange(request)
        except BaseException as error:
            # Whatever it was, a time limit of the caller's included: the answer may still come.
            connection.close()
            if isinstance(error, (OSError, httptools.HttpParserError)):
                raise self._translate(error) from error
            raise
        if response.is_last or len(self._idle) >= self._most_idle:
            connection.close()
        else:
            connection.used_at = time.monotonic()
            self._idle.append(connection)
        return response

    def close(self) -> None:
        """Close what is idle."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _take(self) -> _Connection:
        """Return the connection that was used last, or a new one."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._open()
            is_fresh = time.monotonic() - connection.used_at < _FRESH_SECONDS
            if is_fresh or not connection.has_ended():
                return connection
            connection.close()

    def _open(self) -> _Connection:
        pool = self._pool
        connection = pool._new_conn()  # noqa: SLF001  # as above
        try:
            if pool.proxy is not None and pool.scheme == "https":
                pool._prepare_proxy(connection)  # noqa: SLF001
            else:
                connection.connect()
        except (urllib3_errors.HTTPError, OSError) as error:
            raise self._unreachable(error) from error
        connection.sock.settimeout(pool.timeout.read_timeout)
        return _Connection(connection)

    def _unreachable(self, error: Exception) -> Any:
        kind = EndpointConnectionError
        if isinstance(error, urllib3_errors.SSLError):
            kind = SSLError
        # To urllib3 a refused connection is a kind of timeout, too.
        elif type(error) is urllib3_errors.ConnectTimeoutError:
            kind = ConnectTimeoutError
        return kind(endpoint_url=self._url, error=error)

    def _translate(self, error: Exception) -> Any:
        kind = ReadTimeoutError if isinstance(error, TimeoutError) else ConnectionClosedError
        return kind(endpoint_url=self._url, error=error)
