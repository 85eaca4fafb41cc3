"""A run from start to verdict: ``python -m locustfiles.load URL USERS SPAWN TIME``.

It ends with 0 if every request was answered as it should be and every accepted event ended once
and in time, 1 if one was lost, run twice or late, 2 if nothing was run, and 3 if requests failed
but all that was accepted is well.
"""

import argparse
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from locustfiles.load import summary
from locustfiles.load.accepted import INCOMPLETE, Accepted, read_book
from locustfiles.load.api import API, HostError
from locustfiles.load.options import PERSONAS, parse
from locustfiles.load.running import run_locust
from locustfiles.load.verification import Patience, Verdict, Verification, join

BROKEN, MISUSE, FAILED = 1, 2, 3


def main() -> int:
    options = parse()
    try:
        return run(options)
    except HostError as error:
        _say(f"load: {error}", sys.stderr)
        return MISUSE


def run(options: argparse.Namespace) -> int:
    """Check the host, put the load on it, and verify what came of it."""
    keys = {False: options.key, True: options.noisy_key or options.key}
    views = {is_noisy: API(options.host, key) for is_noisy, key in keys.items()}
    for is_noisy in {False, "noisy_tenant" in options.personas}:
        views[is_noisy].check()
    folder = Path(os.environ.get("LOAD_FOLDER", ".local/load")) / secrets.token_hex(4)
    code = run_locust(options, folder)
    book = folder / "accepted.csv"
    accepted = list(read_book(book)) if book.exists() else []
    _say(f"\nLooking up {len({each.event_id for each in accepted})} accepted events ...")
    patience = Patience(seconds=options.patience, late_seconds=options.late)
    verdict = _verify(views, accepted, patience)
    result = summary.summarize(_describe(options), folder, verdict)
    path = summary.write(result, folder)
    _say(f"{summary.show(result)}\n\n{path.parent}/: report.html, locust_stats.csv, {path.name}")
    if code == INCOMPLETE:
        _say("load: a worker of Locust is gone with the list of what it saw accepted", sys.stderr)
    elif not accepted:
        _say("load: nothing was accepted, so nothing is shown", sys.stderr)
    if code == INCOMPLETE or not accepted or not verdict.is_clean:
        return BROKEN
    return FAILED if code else 0


def _verify(views: Mapping[bool, API], accepted: Sequence[Accepted], patience: Patience) -> Verdict:
    """Look up each tenant's events with its own key."""
    return join(
        Verification(view, [each for each in accepted if each.is_noisy == is_noisy]).run(patience)
        for is_noisy, view in views.items()
    )


def _describe(options: argparse.Namespace) -> dict[str, Any]:
    names = ("host", "users", "spawn", "time", "shape", "rate", "processes", "late")
    personas = [name for name in PERSONAS if name in options.personas]
    return {"personas": personas} | {name: getattr(options, name) for name in names}


def _say(text: str, stream: Any = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)  # it is a command


if __name__ == "__main__":
    sys.exit(main())
