"""The light generator of Debian's nghttp2-client: it knows no ids, so what is stored is counted."""

import json
import math
import re
import subprocess
import tempfile
import time
import urllib.error
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from tests.bench.platform_stack import PlatformStack
from tests.bench.services import make_event
from tests.processes import eventually
from tests.reference.outcome import Outcome
from tests.reference.runs import Run

_COUNTS = re.compile(r"requests: (\d+) total, .* (\d+) succeeded, (\d+) failed, (\d+) errored")
# What was accepted faster than it is processed takes as long again, and longer.
_DRAIN_SECONDS = 1_200
# 150,000 events took longer than a command is waited for elsewhere.
_AUDIT_SECONDS = 600
_RATE = re.compile(r"finished in [\d.]+\w+, ([\d.]+) req/s")


def run(run: Run, stack: PlatformStack, *, drain: Callable[[], None] | None) -> Outcome:
    """Post as many as the run's time asks for, and wait until all that was accepted has ended.

    ``drain`` starts the workers, if they are to begin after that.

    They are counted out, not cut off by the clock: none is under way when h2load ends, so that
    what was answered 202 is exactly what is to be stored.
    """
    requests = run.users * max(1, round(run.rate * run.minutes * 60))
    with (
        tempfile.NamedTemporaryFile("w+", suffix=".json") as body,
        tempfile.NamedTemporaryFile("r") as log,
    ):
        json.dump(make_event(), body)
        body.flush()
        words = ["--h1", f"--clients={run.users}", f"--requests={requests}"]
        # Opened over the time between two requests of one client: they take turns, all the time.
        words += [f"--rps={run.rate:g}", f"--rate={math.ceil(run.users * run.rate / 50)}"]
        words += ["--rate-period=20ms"]
        words += [f"--data={body.name}", f"--log-file={log.name}"]
        words += ["--header=Content-Type: application/json"]
        words += [f"--header=Authorization: Bearer {stack.token}"]
        done = subprocess.run(
            ["h2load", *words, f"{stack.url}/events"], check=True, capture_output=True, text=True
        )
        # Each line is a request: when it began, its status, and its microseconds.
        times = sorted(int(line.split("\t")[2]) / 1_000 for line in log)
    if drain is not None:
        drain()
    counts, rate = _COUNTS.search(done.stdout), _RATE.search(done.stdout)
    assert counts, done.stdout
    assert rate, done.stdout
    # What has not ended by then is told, not raised.
    with suppress(AssertionError):
        eventually(lambda: _has_ended(stack), "all that was accepted has ended", _DRAIN_SECONDS)
    accepted = int(counts[2])
    lost, died, is_clean = find_faults(stack, accepted)
    return Outcome(
        per_second=float(rate[1]),
        failed=int(counts[3]),
        p50_ms=times[len(times) // 2],
        p99_ms=times[len(times) * 99 // 100],
        accepted=accepted,
        faults=f"{lost}, unknown, unknown, {died}",
        success=_success(stack),
        is_sound=accepted > 0 and not lost and not died and is_clean,
    )


def find_faults(stack: PlatformStack, accepted: int) -> tuple[int, int, bool]:
    """Return how many of the accepted are not there or have not ended, and how many died.

    The third is whether the audit, which walks the whole store, found no fault.
    """
    log = stack.manage("audit", "--json", limit_seconds=_AUDIT_SECONDS, codes=(0, 1))
    audit, _ = json.JSONDecoder().raw_decode(log[log.index("{\n") :])
    succeeded, died = (audit["by_status"].get(status, 0) for status in ("succeeded", "dead"))
    # What a request was not answered may be stored all the same.
    return max(0, accepted - succeeded - died), died, audit["is_clean"]


def _has_ended(stack: PlatformStack) -> bool:
    # Asked more often, it would take the time that they need to end.
    time.sleep(1)
    try:
        totals = stack.ask("/stats")["totals"]
    except urllib.error.HTTPError as error:
        with error:
            # A busy emulator may be too slow for the store.
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
        return False
    return bool(totals["is_exact"] and totals["by_status"]["open"] == 0)


def _success(stack: PlatformStack) -> str:
    seconds = stack.ask("/stats")["last_hour"]["accept_to_success_seconds"]
    return f"{seconds['p50']:.2f}, {seconds['p99']:.2f}"
