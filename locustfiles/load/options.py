"""What a run is told, checked before anything is started."""

import argparse
import os
import re
import sys
from pathlib import Path

from locustfiles.load.stages import SHAPES

FOLDER = Path(__file__).resolve().parent.parent
# Every file that is no shape: a persona joins by being there.
PERSONAS = tuple(sorted(path.stem for path in FOLDER.glob("[a-z]*.py") if path.stem != "shapes"))
# What a platform sees on a day: neither bad clients nor a noisy tenant.
MIX = ("producer", "batch_producer", "cloudevents_producer", "reader", "operators")
_TIME = re.compile(r"(?=.)(\d+h)?(\d+m)?(\d+s?)?")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="locustfiles/run.sh",
        description="Put load on a platform and verify that each accepted event ended, once.",
        epilog="LOAD_KEY and LOAD_NOISY_KEY in the environment are the API keys. Options after "
        "-- are Locust's own, such as --master --expect-workers 4.",
    )
    add = parser.add_argument
    add("host", metavar="URL", type=_some, help="where the platform is: http://127.0.0.1:8000")
    add("users", metavar="USERS", type=_count, help="users at the most, such as 1000")
    add("spawn", metavar="SPAWN", type=_count, help="users that are started in a second")
    add("time", metavar="TIME", type=_time, help="how long, such as 90s, 10m or 1h30m")
    named = f"{', '.join(PERSONAS)}, mix ({', '.join(MIX)}) or all; several with commas"
    add("--persona", dest="personas", type=_personas, default=("producer",), help=named)
    add("--shape", choices=list(SHAPES), default="steady", help="how users come and go")
    add("--rate", type=_positive, default=0.5, help="requests a second of each user")
    add("--processes", type=_count, default=1, help="processes of Locust on this machine")
    add("--web", type=int, metavar="PORT", help="with Locust's page at this port, until Ctrl-C")
    add("--late", type=_positive, default=60.0, help="seconds after which a success is late")
    patience_help = "seconds without any progress after which what is open is lost"
    add("--patience", type=_positive, default=60.0, help=patience_help)
    given = sys.argv[1:] if arguments is None else arguments
    # argparse takes none of these after other options.
    own = given[: given.index("--")] if "--" in given else given
    options = parser.parse_args(own)
    options.locust = given[len(own) + 1 :]
    options.key = os.environ.get("LOAD_KEY", "")
    options.noisy_key = os.environ.get("LOAD_NOISY_KEY", "")
    if "noisy_tenant" in options.personas and options.key and not options.noisy_key:
        parser.error("noisy_tenant needs the key of another tenant in LOAD_NOISY_KEY")
    return options


def _some(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("HOST= says where the platform is")
    return text


def _personas(text: str) -> tuple[str, ...]:
    groups = {"mix": MIX, "all": PERSONAS}
    chosen: list[str] = []
    for name in filter(None, (each.strip() for each in text.split(","))):
        if name not in PERSONAS and name not in groups:
            known = ", ".join([*PERSONAS, *groups])
            raise argparse.ArgumentTypeError(f"no persona is named {name!r}; there are {known}")
        chosen += groups.get(name, (name,))
    if not chosen:
        raise argparse.ArgumentTypeError("at least one persona is needed")
    return tuple(dict.fromkeys(chosen))


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"it must be a whole number from 1, not {text!r}")
    return int(text)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:  # noqa: PLR2004  # whatever is finite and sane
        raise argparse.ArgumentTypeError(f"it must be a number above 0, not {text!r}")
    return number


def _time(text: str) -> str:
    if not _TIME.fullmatch(text) or not re.search(r"[1-9]", text):
        raise argparse.ArgumentTypeError(
            f"it must be a time such as 90s, 10m or 1h30m, not {text!r}"
        )
    return text
