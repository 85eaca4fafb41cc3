"""Limits on how long a client may take to send, in all and not per read."""

import os
import threading
import time
from contextlib import suppress
from socket import SHUT_RD, socket

_INTERVAL_SECONDS = 0.5


class SocketWatch:
    """Ends reads that are overdue, with one thread for all connections of the process.

    A timeout per read would never end a client that trickles. Whoever pops an entry owns its end,
    and a pop is atomic: a read is either in time, or its socket was shut down before another
    request could begin on it.
    """

    def __init__(self) -> None:
        self._entries: dict[object, tuple[socket, float]] = {}
        self._process_id = 0
        self._start_lock = threading.Lock()

    def add(self, connection: socket, seconds: float) -> object:
        """Allow so many seconds, until ``remove`` is called with what this returns."""
        if self._process_id != os.getpid():
            self._start()
        token = object()
        self._entries[token] = (connection, time.monotonic() + seconds)
        return token

    def remove(self, token: object) -> bool:
        """Say whether the time had not run out."""
        return self._entries.pop(token, None) is not None

    def _start(self) -> None:
        # Threads do not survive a fork, so each process starts its own.
        with self._start_lock:
            if self._process_id != os.getpid():
                self._process_id = os.getpid()
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()

    def _run(self) -> None:
        while True:
            time.sleep(_INTERVAL_SECONDS)
            now = time.monotonic()
            for token, (connection, due) in list(self._entries.items()):
                if due <= now and self.remove(token):
                    _shut_down(connection)


def _shut_down(connection: socket) -> None:
    # A client that is gone already has nothing left to shut down.
    with suppress(OSError):
        connection.shutdown(SHUT_RD)


watch = SocketWatch()
