"""What tells a worker's own threads to end."""

import threading


class StopSignal(threading.Event):
    """An event that a handler of signals may set while it is being set.

    Whoever stops a group of processes and their leader stops a worker twice, and a handler that is
    struck by the second signal holds the lock that ``threading.Event`` lets nobody take twice.
    """

    _is_asked = False

    def set(self) -> None:
        if not self._is_asked:
            self._is_asked = True
            super().set()
