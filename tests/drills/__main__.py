"""Runs the drills: ``python -m tests.drills``; the exit code says whether all of them passed."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.drills import replaying
from tests.drills.judge import Result
from tests.drills.report import PAGE, show_row, write_page
from tests.drills.rig import Rig
from tests.drills.running import run_drill
from tests.drills.scales import LONG, SHORT
from tests.drills.scene import Scale
from tests.drills.table import DRILLS
from tests.processes import Emulator


def main() -> int:
    """Run what was asked for; a run of everything in its long form is written to the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("--short", action="store_true", help="as in the test suite")
    parser.add_argument("--only", default="", metavar="TEXT", help="drills with it in their name")
    parser.add_argument("--logs", default=None, metavar="FOLDER", help="where to leave the logs")
    options = parser.parse_args()
    # As an exception, so that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scale = SHORT if options.short else LONG
    folder = Path(options.logs or tempfile.mkdtemp(prefix="drills-"))
    folder.mkdir(parents=True, exist_ok=True)
    _say(f"The processes write their logs to {folder}")
    results = _run(options.only, scale, folder)
    if not options.only and scale is LONG:
        write_page(results, scale)
        _say(f"The result is in {PAGE}")
    return 1 if any(result.faults for result in results) or not results else 0


def _run(only: str, scale: Scale, folder: Path) -> list[Result]:
    drills = [drill for drill in DRILLS if only in drill.name]
    emulator = Emulator(folder)
    try:
        rig = Rig(emulator.endpoint, folder, scale.settings)
        try:
            results = [_run_aloud(partial(run_drill, each, rig, scale)) for each in drills]
            if only in replaying.NAME:
                results.append(_run_aloud(partial(replaying.run_replay_drill, rig, scale)))
            return results
        finally:
            rig.close()
    finally:
        emulator.stop()


def _run_aloud(run: Callable[[], Result]) -> Result:
    began = time.monotonic()
    result = run()
    _say(f"{show_row(result)} {time.monotonic() - began:.1f} s in all")
    return result


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
