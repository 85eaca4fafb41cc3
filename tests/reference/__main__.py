"""``make reference RUN=spike``: one run on a platform of its own, and its row in docs/load.md."""

import argparse
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from locustfiles.load.stages import SHAPES, seconds_to_spawn
from tests.bench.platform_stack import PlatformStack
from tests.bench.report import describe_run
from tests.processes import ROOT
from tests.reference import h2load
from tests.reference.emulated_aws import EmulatedAWS
from tests.reference.memory import Course, MemoryWatch
from tests.reference.outcome import Outcome, read_outcome
from tests.reference.runs import RUNS, Run

PAGE = ROOT / "docs" / "load.md"
_ROWS = re.compile(r"(?<=<!-- runs -->\n)(.*?)(?=<!-- end of runs -->)", re.DOTALL)
_WORKERS = ("worker-1", "worker-2")
# Locust needs a moment to begin, and to end.
_MARGIN_SECONDS = 5
_SHOWN_FAILURES = 3
_SHORTEST_MINUTES, _LONGEST_MINUTES = 0.1, 600
_HEAD = (
    "| run | minutes | requests/s | failed | p50, p99 ms | accepted | lost, twice, late, died "
    "| success p50, p99 s | memory MiB: before, warm, last | when |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n"
)


def main() -> int:
    # The stack's models read the settings; what is run has settings of its own.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    # As an exception, so that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(prog="python -m tests.reference", description=__doc__)
    parser.add_argument("run", choices=RUNS, help="which of the runs")
    parser.add_argument("--minutes", type=_minutes, help="for another time than its own")
    parser.add_argument("--write", action="store_true", help="put its row into docs/load.md")
    options = parser.parse_args()
    run = RUNS[options.run]
    run = run._replace(minutes=options.minutes or run.minutes)
    if not run.persona and not shutil.which("h2load"):
        parser.error("h2load is missing: install Debian's nghttp2-client")
    outcome = _measure(run)
    row = show(options.run, run, outcome)
    sys.stdout.write(f"{_HEAD}{row}\n")
    if options.write:
        write(options.run, row)
    return 0 if outcome.is_sound else 1


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not _SHORTEST_MINUTES <= minutes <= _LONGEST_MINUTES:
        raise argparse.ArgumentTypeError(f"{_SHORTEST_MINUTES} to {_LONGEST_MINUTES}, not {text}")
    return minutes


def write(name: str, row: str) -> None:
    """Put a run's row in the place of its last one."""
    page = PAGE.read_text()
    found = _ROWS.search(page)
    assert found, f"{PAGE} has no place for runs"
    rows = [each for each in found[1].splitlines()[2:] if not each.startswith(f"| {name}:")]
    text = _HEAD + "".join(f"{each}\n" for each in [*rows, row])
    PAGE.write_text(_ROWS.sub(lambda _: text, page))


def _measure(run: Run) -> Outcome:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        aws = EmulatedAWS(folder)
        try:
            settings = {"API_WORKERS": 2, "DEMO_HANDLERS": "true", **aws.settings}
            workers = 0 if run.is_drained_after else len(_WORKERS)
            with PlatformStack(
                aws.endpoint, folder / "stack", workers=workers, **settings
            ) as stack:
                with MemoryWatch(stack, seconds=run.minutes * 60) as memory:
                    outcome = _load(run, stack, folder / "load")
                return outcome._replace(memory=memory.courses)
        finally:
            aws.stop()


def _start_workers(stack: PlatformStack) -> None:
    for name in _WORKERS:
        stack.start_worker(name)


def _load(run: Run, stack: PlatformStack, folder: Path) -> Outcome:
    drain = partial(_start_workers, stack) if run.is_drained_after else None
    if not run.persona:
        return h2load.run(run, stack, drain=drain)
    noisy = stack.make_key("noisy", "--tenant", "noisy", "--rate", "50")
    seconds = round(run.minutes * 60)
    # Within ten seconds, or as soon as a short run needs them.
    needed = seconds_to_spawn(SHAPES[run.shape], run.users, spawn=1) / seconds
    spawn = max(run.users // 10, math.ceil(needed))
    words = [stack.url, str(run.users), str(spawn), f"{seconds}s"]
    words += ["--persona", run.persona, "--shape", run.shape, "--rate", str(run.rate)]
    keys = {"LOAD_KEY": stack.token, "LOAD_NOISY_KEY": noisy}
    with subprocess.Popen(
        [sys.executable, "-m", "locustfiles.load", *words, "--patience", "120"],
        cwd=ROOT,
        env=os.environ | keys | {"LOAD_FOLDER": str(folder)},
    ) as load:
        try:
            if drain is not None:
                with suppress(subprocess.TimeoutExpired):
                    load.wait(run.minutes * 60 + _MARGIN_SECONDS)
                drain()
            load.wait()
        except BaseException:
            # It ends Locust, which is a process of its own.
            load.terminate()
            raise
    (made,) = folder.iterdir()
    return read_outcome(made / "summary.json")


def show(name: str, run: Run, outcome: Outcome) -> str:
    """Return a run's row, a fault's too."""
    described: Mapping[str, Any] = describe_run(is_quick=False, rounds=1)
    when = f"{described['date']}, {described['commit']}, load {described['load']}"
    cells = [
        f"{name}: {run.what}",
        f"{run.minutes:g}",
        f"{outcome.per_second:.0f}",
        _show_failures(outcome),
        f"{outcome.p50_ms:.0f}, {outcome.p99_ms:.0f}",
        f"{outcome.accepted:,}",
        outcome.faults,
        outcome.success,
        "; ".join(_show_course(*each) for each in outcome.memory.items()),
        "; ".join(filter(None, (when, outcome.bend, "" if outcome.is_whole else "**not whole**"))),
    ]
    return f"| {' | '.join(cells)} |"


def _show_failures(outcome: Outcome) -> str:
    most = [f"{n} {failure}" for failure, n in list(outcome.failures.items())[:_SHOWN_FAILURES]]
    rest = ["..."] if len(outcome.failures) > _SHOWN_FAILURES else []
    return f"{outcome.failed} ({', '.join(most + rest)})" if most else str(outcome.failed)


def _show_course(name: str, course: Course) -> str:
    return f"{name} {', '.join(f'{mib:.0f}' for mib in course)}"


if __name__ == "__main__":
    sys.exit(main())
