"""What the schemas of types in mode warn would have refused, an item for each process's part.

An item holds absolute values and is replaced by later ones only, so that writing it again changes
nothing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

import orjson

from events.store import connection, platform_table, statements

_KIND = "would-be-rejections"
_KEPT_SECONDS = 30 * 86_400
# A page is 1 MB, some 4,000 items.
_PAGES = 4

Place = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WouldBeRejections:
    """What a schema would have refused; ``faults`` are pointers and codes of the last event."""

    count: int
    last_seen_at: datetime
    faults: tuple[Place, ...]


def put(part: str, *, tenant: str, event_type: str, version: int, seen: WouldBeRejections) -> None:
    """Store what a process has seen so far, unless something later is there; safe to repeat."""
    seconds = int(seen.last_seen_at.timestamp())
    item = {
        "kind": statements.text(_KIND),
        "name": statements.text(f"{tenant}#{event_type}#{version}#{part}"),
        "counts": statements.text(orjson.dumps(seen.faults).decode()),
        "size": statements.number(seen.count),
        "seen_at": statements.number(int(seen.last_seen_at.timestamp() * 1_000_000)),
        "expires_at": statements.number(seconds + _KEPT_SECONDS),
    }
    platform_table.put_unless_smaller(item)


def read(*, tenant: str | None) -> dict[tuple[str, int], WouldBeRejections]:
    """Return the sums by event type and version, of one tenant or of all; one query."""
    sums: dict[tuple[str, int], WouldBeRejections] = {}
    # "~" sorts after whatever a name may hold.
    names = (" ", "~") if tenant is None else (f"{tenant}#", f"{tenant}#~")
    pages = platform_table.read_pages(_KIND, *names, limit=_PAGES)
    for raw in chain.from_iterable(page for page, _ in pages):
        _, event_type, version, _ = raw["name"]["S"].split("#")
        key = (event_type, int(version))
        sums[key] = _sum(sums.get(key), _read(raw))
    return sums


def _read(raw: connection.Item) -> WouldBeRejections:
    return WouldBeRejections(
        count=int(raw["size"]["N"]),
        last_seen_at=datetime.fromtimestamp(int(raw["seen_at"]["N"]) / 1_000_000, UTC),
        faults=tuple((pointer, code) for pointer, code in orjson.loads(raw["counts"]["S"])),
    )


def _sum(one: WouldBeRejections | None, other: WouldBeRejections) -> WouldBeRejections:
    if one is None:
        return other
    latest = max(one, other, key=lambda each: each.last_seen_at)
    return WouldBeRejections(
        count=one.count + other.count, last_seen_at=latest.last_seen_at, faults=latest.faults
    )
