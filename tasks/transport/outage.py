"""Errors told once when they begin and once when they are over, and the pauses in between."""

import logging

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 2.0

_REASON_CHARACTERS = 400


class Outage:
    """A run of failures of one thing."""

    def __init__(self, what: str, log: logging.Logger) -> None:
        self._what = what
        self._log = log
        self._failures = 0

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next try; 0 while all is well."""
        return pause_seconds(self._failures)

    def failed(self, reason: object) -> None:
        if not self._failures:
            self._log.warning("%s fails: %s", self._what, str(reason)[:_REASON_CHARACTERS])
        self._failures += 1

    def ended(self) -> None:
        if self._failures:
            self._log.info("%s works again after %d failures", self._what, self._failures)
        self._failures = 0


def pause_seconds(failures: int) -> float:
    if not failures:
        return 0.0
    # The exponent is bounded since a day of failures would overflow a float.
    return min(FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS)
