"""manage.py api_key: making, listing, rotating and revoking API keys."""

import json
import re
from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import clock, queries, services
from events.api_key import ALL_SCOPES, DEFAULT_SCOPES, key_id_of
from events.errors import APIKeyHasEnded, APIKeyNotFound
from events.management.actor import get_actor
from events.models import APIKey

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_COLUMNS = ("key", "name", "tenant", "scopes", "types", "limit", "last used", "state")
_SHOWN_ONCE = "Keep it now: it is not stored and cannot be shown again."


class Command(BaseCommand):
    help = "Make, list, rotate and revoke API keys."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        _add_create(verbs.add_parser("create", help="make a key and show it, once"))
        listing = verbs.add_parser("list", help="show which keys there are")
        listing.add_argument("--tenant", help="of this tenant only")
        listing.add_argument("--all", action="store_true", help="ended ones, too")
        rotate = verbs.add_parser("rotate", help="make a successor; the old key ends later")
        rotate.add_argument("key", help="the key's beginning, evp_ab12cd34")
        rotate.add_argument(
            "--overlap",
            type=_duration,
            default=timedelta(days=1),
            help="how long the old one still works: 24h (the default), 30m, 7d, 0s",
        )
        rotate.add_argument(
            "--expires",
            type=_time_ahead,
            metavar="IN",
            help="when the new one ends; as the old one would have, unless said otherwise",
        )
        revoke = verbs.add_parser("revoke", help="end a key, everywhere within 30 s")
        revoke.add_argument("key", help="the key's beginning, evp_ab12cd34")
        for each in verbs.choices.values():
            each.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *, verb: str, **options: Any) -> None:
        verbs = {
            "create": self._create,
            "list": self._list,
            "rotate": self._rotate,
            "revoke": self._revoke,
        }
        try:
            verbs[verb](options)
        except ValidationError as error:
            raise CommandError(_tell(error)) from error
        except (APIKeyNotFound, APIKeyHasEnded) as error:
            raise CommandError(f"{error} manage.py api_key list shows which there are.") from error

    def _create(self, options: dict[str, Any]) -> None:
        key, text = services.create_api_key(
            name=options["name"],
            tenant=options["tenant"],
            scopes=options["scope"] or DEFAULT_SCOPES,
            event_types=options["event_type"],
            rate_per_second=options["rate"],
            burst=options["burst"],
            expires_at=_ends_at(options),
            actor=get_actor(),
        )
        self._show_new(key, text, options)

    def _list(self, options: dict[str, Any]) -> None:
        keys = queries.list_api_keys(tenant=options["tenant"], with_ended=options["all"])
        if options["json"]:
            self.stdout.write(json.dumps([_describe(key) for key in keys], indent=2))
        elif keys:
            self.stdout.write(_table([_COLUMNS, *(_row(key) for key in keys)]))
        else:
            self.stderr.write("There are none: manage.py api_key create NAME --tenant TENANT")

    def _rotate(self, options: dict[str, Any]) -> None:
        key_id = key_id_of(options["key"])
        key, text = services.rotate_api_key(
            key_id,
            overlap=options["overlap"],
            expires_at=_ends_at(options),
            actor=get_actor(),
        )
        self._show_new(key, text, options)
        ends_at = clock.now() + options["overlap"]
        self.stderr.write(f"{key_id} ends at {ends_at:%Y-%m-%d %H:%M} UTC, if not earlier.")

    def _revoke(self, options: dict[str, Any]) -> None:
        key = services.revoke_api_key(key_id_of(options["key"]), actor=get_actor())
        if options["json"]:
            self.stdout.write(json.dumps(_describe(key)))
        else:
            self.stdout.write(f"{key.key_id} ({key.name}) is revoked; within 30 s nobody takes it.")

    def _show_new(self, key: APIKey, text: str, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(_describe(key) | {"api_key": text}))
            return
        # The key alone goes to the output, so that it can be piped to where it belongs.
        self.stdout.write(text)
        self.stderr.write(f"{key.key_id} is for tenant {key.tenant}: {', '.join(key.scopes)}.")
        self.stderr.write(f"Its limit: {_limit(key)}.")
        if key.expires_at is not None:
            self.stderr.write(f"It ends at {key.expires_at:%Y-%m-%d %H:%M} UTC.")
        self.stderr.write(_SHOWN_ONCE)


def _add_create(parser: CommandParser) -> None:
    parser.add_argument("name", help="who or what uses it")
    parser.add_argument("--tenant", required=True, help="whose events it posts and reads")
    parser.add_argument(
        "--scope",
        action="append",
        choices=sorted(ALL_SCOPES),
        help="may be repeated; events:write and events:read unless said otherwise",
    )
    parser.add_argument(
        "--event-type",
        action="append",
        default=[],
        metavar="TYPE",
        help="order.created or order.*; may be repeated; all types unless said otherwise",
    )
    parser.add_argument("--rate", type=float, metavar="EVENTS", help="a second; 0 is no limit")
    parser.add_argument("--burst", type=int, metavar="EVENTS", help="at once")
    parser.add_argument("--expires", type=_time_ahead, metavar="IN", help="90d, 12h")


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if not found:
        raise ArgumentTypeError(f"a duration is 30s, 15m, 24h or 90d, not {text!r}")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]])


def _time_ahead(text: str) -> timedelta:
    duration = _duration(text)
    if not duration:
        # Neither a key that never works nor one that never ends is what anybody means by it.
        raise ArgumentTypeError("a key must work for some time; leave --expires out for no end")
    return duration


def _ends_at(options: dict[str, Any]) -> datetime | None:
    return clock.now() + options["expires"] if options["expires"] else None


def _describe(key: APIKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "tenant": key.tenant,
        "scopes": key.scopes,
        "event_types": key.event_types,
        "rate_per_second": key.rate_per_second,
        "burst": key.burst,
        "state": key.state,
        "created_at": _text(key.created_at),
        "created_by": key.created_by,
        "expires_at": _text(key.expires_at),
        "revoked_at": _text(key.revoked_at),
        "last_used_at": _text(key.last_used_at),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _row(key: APIKey) -> tuple[str, ...]:
    used = key.last_used_at
    return (
        key.key_id,
        key.name,
        key.tenant,
        ",".join(key.scopes),
        ",".join(key.event_types) or "all",
        _limit(key),
        f"{used:%Y-%m-%d %H:%M}" if used else "never",
        key.state,
    )


def _limit(key: APIKey) -> str:
    limit = key.to_record().limit
    return f"{limit.per_second:g}/s, {limit.burst} at once" if limit else "none"


def _tell(error: ValidationError) -> str:
    # Django's own sentences do not say which field they are about.
    return " ".join(
        f"{name}: {' '.join(sentences)}" for name, sentences in error.message_dict.items()
    )


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)
