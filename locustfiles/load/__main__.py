"""A run from start to verdict: ``python -m locustfiles.load URL USERS SPAWN TIME``.

``python -m locustfiles.load verify URL FOLDER`` verifies what another run wrote down.

It ends with 0 if every request was answered as it should be and every accepted event ended once
and in time, 1 if one was lost, run twice, late or died, if nothing was accepted, or if the list of
what was is not whole, 2 if nothing was run, and 3 if requests failed but all that was accepted is
well.
"""

import argparse
import os
import secrets
import sys
import time
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

Views = Mapping[bool, API]


def main() -> int:
    options = parse()
    try:
        views = _look_at(options)
        if options.folder:
            return verify(options, views, options.folder, code=0)
    except (HostError, OSError, ValueError) as error:
        _say(f"load: {error}", sys.stderr)
        return MISUSE
    folder = Path(os.environ.get("LOAD_FOLDER", ".local/load")) / secrets.token_hex(4)
    code = run_locust(options, folder)
    if code and not any(folder.iterdir()):
        # Locust has said why.
        return MISUSE
    return verify(options, views, folder, code=code)


def verify(options: argparse.Namespace, views: Views, folder: Path, *, code: int) -> int:
    """Look up what was accepted, write and show what came of it; ``code`` is Locust's."""
    accepted = list(read_book(folder / "accepted.csv"))
    _say(f"\nLooking up {len({each.event_id for each in accepted})} accepted events ...")
    patience = Patience(
        seconds=options.patience, late_seconds=options.late, settle_seconds=options.settle
    )
    verdict = _verify(views, accepted, patience)
    is_whole = code != INCOMPLETE
    is_well = verdict.is_clean and bool(accepted) and is_whole
    ends_with = (FAILED if code else 0) if is_well else BROKEN
    result = summary.summarize(_describe(options), folder, verdict)
    result |= {"is_whole": is_whole, "exit_code": ends_with}
    path = summary.write(result, folder)
    _say(f"{summary.show(result)}\n\n{path.parent}/: report.html, locust_stats.csv, {path.name}")
    if not is_whole:
        _say("load: a worker of Locust is gone with the list of what it saw accepted", sys.stderr)
    elif not accepted:
        _say("load: nothing was accepted, so nothing is shown", sys.stderr)
    return ends_with


def _look_at(options: argparse.Namespace) -> Views:
    """Return what each tenant sees of the host; raises HostError where it is of no use."""
    keys = {False: options.key, True: options.noisy_key or options.key}
    views = {is_noisy: API(options.host, key) for is_noisy, key in keys.items()}
    for is_noisy in {False, "noisy_tenant" in options.personas}:
        views[is_noisy].check()
    return views


def _verify(views: Views, accepted: Sequence[Accepted], patience: Patience) -> Verdict:
    """Look up each tenant's events with its own key."""
    verifications = [
        Verification(view, [each for each in accepted if each.is_noisy == is_noisy])
        for is_noisy, view in views.items()
    ]
    for each in verifications:
        each.wait(patience)
    time.sleep(patience.settle_seconds if accepted else 0)
    return join(each.judge(patience) for each in verifications)


def _describe(options: argparse.Namespace) -> dict[str, Any]:
    names = ("host", "users", "spawn", "time", "shape", "rate", "processes", "late")
    personas = [name for name in PERSONAS if name in options.personas]
    return {"personas": personas} | {name: getattr(options, name, None) for name in names}


def _say(text: str, stream: Any = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)  # it is a command


if __name__ == "__main__":
    sys.exit(main())
