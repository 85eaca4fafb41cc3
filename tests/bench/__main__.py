"""``make bench``: measure, print, keep; what a part measures is in ``parts.py``."""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import page, report
from tests.bench.parts import LONG_PARTS, PARTS
from tests.bench.profiles import draw_profiles
from tests.bench.rig import Rig
from tests.bench.scale import FULL, QUICK, Scale


def main() -> None:
    # The meter's models read the settings; what is measured has settings of its own.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    # As an exception, so that what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = _options()
    if options.profile:
        _say(draw_profiles())
        return
    names = options.parts or (["soak"] if options.soak else list(PARTS))
    result: dict[str, Any] = {"run": _describe_run(options)}
    for name in names:
        result[name] = _measure(name, _scale(options))
        _say(report.show(name, result[name]))
        page.keep(result)
    _say(report.show_bounds(result))
    if options.write:
        page.write(result)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    known = [*PARTS, *LONG_PARTS]
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(known))
    parser.add_argument("--quick", action="store_true", help="all parts, small: two minutes")
    parser.add_argument("--case", nargs="+", default=[], help="only these of the sides compared")
    parser.add_argument("--rounds", type=int, help="how often each case is measured")
    parser.add_argument("--soak", action="store_true", help="memory over half an hour of load")
    parser.add_argument("--minutes", type=float, help="how long the soak takes")
    parser.add_argument("--profile", action="store_true", help="draw docs/images/*.svg")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(known):
        parser.error(f"no part is named {', '.join(unknown)}; there are {', '.join(known)}")
    return options


def _scale(options: argparse.Namespace) -> Scale:
    scale = QUICK if options.quick else FULL
    own = {"rounds": options.rounds, "soak_minutes": options.minutes}
    given = {name: value for name, value in own.items() if value is not None}
    return scale._replace(cases=frozenset(options.case), **given)


def _describe_run(options: argparse.Namespace) -> dict[str, Any]:
    return report.describe_run(is_quick=options.quick, rounds=_scale(options).rounds)


def _measure(name: str, scale: Scale) -> Any:
    # Each on an emulator of its own, which grows slower with what it holds.
    with tempfile.TemporaryDirectory() as folder, Rig(Path(folder)) as rig:
        return (PARTS | LONG_PARTS)[name](rig, scale)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
