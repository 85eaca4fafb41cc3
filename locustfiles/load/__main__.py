"""A run from start to verdict: ``python -m locustfiles.load URL USERS SPAWN TIME``.

``python -m locustfiles.load verify URL FOLDER`` verifies what another run wrote down.

It ends with 0 if every request was answered as it should be and every accepted event ended once
and in time, 1 if one was lost, run twice, late or died, if nothing was accepted, or if the list of
what was is not whole, 2 if nothing was run, and 3 if requests failed but all that was accepted is
well. Verified again, a run that is on record keeps what it was and what failed.
"""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from locustfiles.load import summary
from locustfiles.load.accepted import ACCEPTED, WHOLE, Accepted, read_book
from locustfiles.load.api import API, HostError
from locustfiles.load.options import PERSONAS, parse
from locustfiles.load.running import run_locust
from locustfiles.load.verification import Patience, Verdict, Verification, join

BROKEN, MISUSE, FAILED = 1, 2, 3

Views = Mapping[bool, API]


def main() -> int:
    options = parse()
    folder = options.folder or _new_folder()
    try:
        views = _look_at(options, _tenants(options))
        if not options.folder:
            folder.mkdir(parents=True)
    except (HostError, OSError, ValueError) as error:
        _say(f"load: {error}", sys.stderr)
        return MISUSE
    if options.folder:
        return verify(options, views, folder, record=summary.read(folder))
    code = run_locust(options, folder)
    if not (folder / ACCEPTED).exists():
        # Locust has said why.
        return MISUSE
    # It ends with another one where its leader was killed or broke.
    record = {
        "run": _describe(options),
        "is_whole": code in WHOLE,
        "has_failures": code != 0,
    }
    return verify(options, views, folder, record=record)


def verify(
    options: argparse.Namespace, views: Views, folder: Path, *, record: Mapping[str, Any]
) -> int:
    """Look up what was accepted, write and show what came of it.

    ``record`` is what is known of the run, as in its summary; of one that was cut off, nothing.
    """
    accepted = list(read_book(folder / ACCEPTED))
    _say(f"\nLooking up {len({each.event_id for each in accepted})} accepted events ...")
    run = {"host": options.host, "late": Patience.late_seconds} | record.get("run", {})
    run["late"] = options.late or run["late"]
    patience = Patience(
        seconds=options.patience, late_seconds=run["late"], settle_seconds=options.settle
    )
    verdict = _verify(views, accepted, patience)
    result = summary.summarize(run, folder, verdict)
    is_whole = record.get("is_whole", True)
    has_failures = bool(result["failures"]) or record.get("has_failures", False)
    is_well = verdict.is_clean and bool(accepted) and is_whole
    ends_with = (FAILED if has_failures else 0) if is_well else BROKEN
    result |= {"is_whole": is_whole, "has_failures": has_failures, "exit_code": ends_with}
    path = summary.write(result, folder)
    _say(f"{summary.show(result)}\n\n{path.parent}/: report.html, locust_stats.csv, {path.name}")
    if not is_whole:
        _say(
            "load: Locust broke, or a worker of it: some that were accepted are in no list",
            sys.stderr,
        )
    elif not accepted:
        _say("load: nothing was accepted, so nothing is shown", sys.stderr)
    return ends_with


def _new_folder() -> Path:
    return Path(os.environ.get("LOAD_FOLDER", ".local/load")) / secrets.token_hex(4)


def _tenants(options: argparse.Namespace) -> set[bool]:
    """Return whose events there are to look up, the noisy tenant's as true."""
    if not options.folder:
        return {False, "noisy_tenant" in options.personas}
    tenants = {each.is_noisy for each in read_book(options.folder / ACCEPTED)}
    if True in tenants and bool(options.key) != bool(options.noisy_key):
        raise ValueError("a noisy tenant took part: LOAD_KEY and LOAD_NOISY_KEY are both needed")
    return tenants or {False}


def _look_at(options: argparse.Namespace, tenants: Iterable[bool]) -> Views:
    """Return what each tenant sees of the host; raises HostError where it is of no use."""
    keys = {False: options.key, True: options.noisy_key}
    views = {is_noisy: API(options.host, keys[is_noisy]) for is_noisy in tenants}
    for view in views.values():
        view.check()
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
    return {"personas": personas} | {name: getattr(options, name) for name in names}


def _say(text: str, stream: Any = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)  # it is a command


if __name__ == "__main__":
    sys.exit(main())
