"""``make bench``: measure, print, keep; what a part measures is in ``parts.py``."""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import page, report
from tests.bench.parts import CASES, PARTS
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
    names = options.parts or list(PARTS)
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
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="all parts, small: two minutes")
    parser.add_argument("--case", nargs="+", default=[], help="only these of the sides compared")
    parser.add_argument("--rounds", type=_rounds, help="how often each case is measured")
    parser.add_argument("--profile", action="store_true", help="draw docs/images/*.svg")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no part is named {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if unknown := set(options.case) - CASES:
        parser.error(f"no case is named {', '.join(unknown)}; there are {', '.join(sorted(CASES))}")
    if options.case and options.write:
        parser.error("--case leaves out what docs/performance.md compares: not with --write")
    return options


def _rounds(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"1 or more, not {text}")
    return int(text)


def _scale(options: argparse.Namespace) -> Scale:
    scale = QUICK if options.quick else FULL
    rounds = options.rounds or scale.rounds
    return scale._replace(cases=frozenset(options.case), rounds=rounds)


def _describe_run(options: argparse.Namespace) -> dict[str, Any]:
    return report.describe_run(is_quick=options.quick, rounds=_scale(options).rounds)


def _measure(name: str, scale: Scale) -> Any:
    # Each on an emulator of its own, which grows slower with what it holds.
    with tempfile.TemporaryDirectory() as folder, Rig(Path(folder)) as rig:
        return PARTS[name](rig, scale)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
