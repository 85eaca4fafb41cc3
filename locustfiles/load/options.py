"""What a run is told, checked before anything is started."""

import argparse
import os
import re
import sys
from pathlib import Path

from locustfiles.load.accepted import ACCEPTED
from locustfiles.load.stages import SHAPES, seconds_to_spawn

FOLDER = Path(__file__).resolve().parent.parent
# Every file that is no shape: a persona joins by being there.
PERSONAS = tuple(sorted(path.stem for path in FOLDER.glob("[a-z]*.py") if path.stem != "shapes"))
# What a platform sees on a day: neither bad clients nor a noisy tenant.
MIX = ("producer", "batch_producer", "cloudevents_producer", "reader", "operators")
_TIME = re.compile(r"\d+|(?=.)(\d+h)?(\d+m)?(\d+s)?")
_SECONDS = {"h": 3_600, "m": 60, "s": 1, "": 1}
_PORTS = range(1, 65_536)
_MOST_RATE = 1_000


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    given = sys.argv[1:] if arguments is None else arguments
    is_verifying = given[:1] == ["verify"]
    options = _parse_verify(given[1:]) if is_verifying else _parse_run(given)
    options.key = os.environ.get("LOAD_KEY", "")
    options.noisy_key = os.environ.get("LOAD_NOISY_KEY", "")
    return options


def _parse_verify(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="locustfiles/run.sh verify",
        description="Verify what another run wrote down, be it one that was cut off.",
    )
    parser.add_argument("host", metavar="URL", type=_host, help="where the platform is")
    folder_help = f"the run's folder, with its {ACCEPTED}"
    parser.add_argument("folder", metavar="FOLDER", type=_folder, help=folder_help)
    _add_patience(parser)
    # As the run's own record has it.
    parser.set_defaults(late=None)
    options = parser.parse_args(given)
    options.personas = ()
    return options


def _parse_run(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="locustfiles/run.sh",
        description="Put load on a platform and verify that each accepted event ended, once.",
        epilog="LOAD_KEY and LOAD_NOISY_KEY in the environment are the API keys. Options after "
        "-- are Locust's own, such as --master --expect-workers 4.",
    )
    add = parser.add_argument
    add("host", metavar="URL", type=_host, help="where the platform is: http://127.0.0.1:8000")
    add("users", metavar="USERS", type=_count, help="users at the most, such as 1000")
    add("spawn", metavar="SPAWN", type=_count, help="users that are started in a second")
    add("time", metavar="TIME", type=_time, help="how long, such as 90s, 10m or 1h30m")
    named = f"{', '.join(PERSONAS)}, mix ({', '.join(MIX)}) or all; several with commas"
    add("--persona", dest="personas", type=_personas, default=("producer",), help=named)
    add("--shape", choices=list(SHAPES), default="steady", help="how users come and go")
    add("--rate", type=rate, default=0.5, help="requests a second of each user")
    add("--processes", type=_count, default=1, help="processes of Locust on this machine")
    add("--web", type=_port, metavar="PORT", help="with Locust's page at this port, until Ctrl-C")
    _add_patience(parser)
    # argparse takes none of these after other options.
    own = given[: given.index("--")] if "--" in given else given
    options = parser.parse_args(own)
    options.locust = given[len(own) + 1 :]
    options.folder = None
    needed = seconds_to_spawn(SHAPES[options.shape], options.users, options.spawn)
    if needed > (seconds := _seconds(options.time)):
        parser.error(
            f"{options.users} users at {options.spawn} a second are not there in time: "
            f"TIME must be {needed:.0f}s or more, not {seconds}s, or SPAWN higher"
        )
    if "noisy_tenant" in options.personas:
        keys = ("LOAD_KEY", "LOAD_NOISY_KEY")
        missing = [name for name in keys if not os.environ.get(name)]
        if len(missing) == 1:
            parser.error(f"noisy_tenant needs a key of each tenant: {missing[0]} is missing")
    return options


def _add_patience(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--late", type=_positive, default=60.0, help="seconds after which a success is late")
    patience_help = "seconds without any progress after which what is open is lost"
    add("--patience", type=_positive, default=60.0, help=patience_help)
    settle_help = "seconds until all are looked at once more, for what ran again"
    add("--settle", type=_positive, default=35.0, help=settle_help)


def _host(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("HOST= says where the platform is")
    # As a browser gives it: Locust puts paths after it.
    return text.rstrip("/")


def _folder(text: str) -> Path:
    if not (Path(text) / ACCEPTED).exists():
        raise argparse.ArgumentTypeError(f"there is no {ACCEPTED} in {text!r}")
    return Path(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in _PORTS:
        raise argparse.ArgumentTypeError(f"it must be a port from 1 to 65535, not {text!r}")
    return int(text)


def rate(text: str) -> float:
    """Read requests a second of each user."""
    number = _positive(text)
    if number > _MOST_RATE:
        raise argparse.ArgumentTypeError(f"it must be {_MOST_RATE} or less, not {text!r}")
    return number


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


def _seconds(text: str) -> int:
    return sum(int(n) * _SECONDS[unit] for n, unit in re.findall(r"(\d+)([hms]?)", text))
