"""Typed reads from the environment that name the variable when its value is wrong."""

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeVar

import dj_database_url

Value = TypeVar("Value")

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


class Environment:
    """Reads variables and collects what is wrong, so that all of it is said at once.

    A variable that is set but empty counts as not set. A default of ``None`` means required.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        return self._read(name, default, wanted="some text in UTF-8", parse=_text)

    def secret(self, name: str, default: str | None = None, *, minimum_length: int = 50) -> str:
        """Read a secret; its value never appears in a message."""
        value = self._read(
            name, default, wanted=f"a secret of {minimum_length} characters or more", parse=str
        )
        if value and value != default and len(value) < minimum_length:
            self._problems.append(
                f"{name} must be a secret of {minimum_length} characters or more; "
                f"what it holds is too short."
            )
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        return self._read(name, default, wanted="one of: true, false", parse=_flag)

    def integer(self, name: str, default: int | None = None, *, minimum: int, maximum: int) -> int:
        def parse(text: str) -> int:
            value = int(text)
            if not minimum <= value <= maximum:
                raise ValueError(text)
            return value

        return self._read(
            name, default, wanted=f"a whole number from {minimum} to {maximum}", parse=parse
        )

    def choice(self, name: str, options: tuple[str, ...], default: str | None = None) -> str:
        def parse(text: str) -> str:
            if text not in options:
                raise ValueError(text)
            return text

        return self._read(name, default, wanted=f"one of: {', '.join(options)}", parse=parse)

    def words(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """Read a list, separated by commas."""
        return self._read(name, list(default), wanted="a list separated by commas", parse=_words)

    def url(
        self,
        name: str,
        schemes: tuple[str, ...],
        default: str | None = None,
        *,
        places: tuple[str, ...] = ("",),
    ) -> str:
        """Read an address, with one of the named places in it for what is put in later."""

        def parse(text: str) -> str:
            if text.partition("://")[0] not in schemes or not any(map(text.__contains__, places)):
                raise ValueError(text)
            return text

        wanted = "an address that begins with " + " or ".join(f"{each}://" for each in schemes)
        wanted += f" and has {' or '.join(places)} in it" if any(places) else ""
        return self._read(name, default, wanted=wanted, parse=parse, is_shown=False)

    def networks(self, name: str, default: tuple[str, ...] = ()) -> list[IPv4Network | IPv6Network]:
        """Read addresses and networks, separated by commas."""
        wanted = "addresses or networks (10.0.0.0/16), separated by commas"
        return self._read(name, _networks(",".join(default)), wanted=wanted, parse=_networks)

    def database(self, name: str, schemes: tuple[str, ...], default: str | None = None) -> Any:
        """Read the address of a database, as Django's settings for it."""
        address = self.url(name, schemes, default) or "sqlite://"
        try:
            return dj_database_url.parse(address, conn_max_age=60)
        except ValueError:
            # Its message would show the password.
            wanted = f"{schemes[0]}://user:password@host:port/name"
            self._problems.append(f"{name} must be like {wanted}; what it holds cannot be read.")
            return {}

    def refuse_problems(self, *, hint: str = "") -> None:
        """End the process with a sentence for each wrong variable; for callers, exit code 1."""
        if self._problems:
            raise SystemExit("\n".join([*self._problems, hint]).rstrip())

    def _read(
        self,
        name: str,
        default: Value | None,
        *,
        wanted: str,
        parse: Callable[[str], Value],
        is_shown: bool = True,
    ) -> Value:
        text = self._variables.get(name, "").strip()
        if not text:
            if default is None:
                self._problems.append(f"{name} is not set; it takes {wanted}.")
                return _parse_nothing(parse)
            return default
        try:
            return parse(text)
        except ValueError:
            seen = f", not {text!r}" if is_shown else "; what it holds is something else"
            self._problems.append(f"{name} must be {wanted}{seen}.")
            return _parse_nothing(parse)


def _parse_nothing(parse: Callable[[str], Value]) -> Value:
    """Stand in for a value that is missing, until ``refuse_problems`` ends the process."""
    try:
        return parse("")
    except ValueError:
        return 0  # type: ignore[return-value]  # never used: the process ends before


def _text(text: str) -> str:
    # Bytes that are no UTF-8 come as lone surrogates, which no store takes.
    text.encode()
    return text


def _flag(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError(text)
    return text.lower() in _TRUE


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _networks(text: str) -> list[IPv4Network | IPv6Network]:
    return [ip_network(word) for word in _words(text)]


def process_name(command: Sequence[str]) -> str:
    """Tell from the command what a process is, for its lines in the log."""
    words = " ".join(command)
    names = {"config.worker": "worker", "tasks.exporter": "exporter", "manage.py": "manage"}
    return next((name for part, name in names.items() if part in words), "api")
