"""How the live tables differ from what the platform needs; reads, and one harmless write."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django.conf import settings

from events import clock
from events.errors import StoreThrottled, StoreUnavailable
from events.finding import Finding
from events.store import connection, leases, shards
from events.store.models import EventItem, PlatformItem

_LARGEST_OFFSET_SECONDS = 2.0
_BOOTSTRAP = "Run: manage.py bootstrap"
_LEASE = "doctor"


def examine_tables() -> Iterator[Finding]:
    """Yield a finding for each thing that was looked at."""
    for setting, model in (("EVENTS_TABLE", EventItem), ("PLATFORM_TABLE", PlatformItem)):
        what = f"table {model.Meta.table_name}"
        yield from _tried(what, partial(_examine, model, setting))
    yield from _tried("shard count", _examine_shards)
    yield from _tried("writing to the platform table", _try_to_write)
    yield _examine_clock()


def _tried(what: str, examine: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from examine()
    except (StoreUnavailable, StoreThrottled) as error:
        yield Finding(what=what, fault=str(error), mend=_mend_for(str(error)))


def _mend_for(reason: str) -> str:
    if "ResourceNotFound" in reason:
        return f"{_BOOTSTRAP}, or correct EVENTS_TABLE and PLATFORM_TABLE"
    if "AccessDenied" in reason:
        return "Give this host's role the right that is named"
    return "See whether AWS_REGION, AWS_ENDPOINT_URL and the network are right"


def _examine(model: Any, setting: str) -> Iterator[Finding]:
    name = model.Meta.table_name
    described = connection.call("describe_table", TableName=name)["Table"]
    yield Finding(what=f"table {name}")
    indexes = {each["IndexName"]: each for each in described.get("GlobalSecondaryIndexes", ())}
    for index in sorted(model._indexes or {}):  # noqa: SLF001  # no public list
        wanted = model._indexes[index]._get_schema()["key_schema"]  # noqa: SLF001  # nor of keys
        fault = _index_fault(indexes.get(index), wanted)
        mend = f"Make it as terraform/modules/event_table does, or take another table by {setting}"
        yield Finding(what=f"index {index} of table {name}", fault=fault, mend=fault and mend)
    expiry = connection.call("describe_time_to_live", TableName=name)["TimeToLiveDescription"]
    yield _examine_expiry(f"expiry of table {name}", expiry)


def _index_fault(found: Mapping[str, Any] | None, wanted: list[dict[str, str]]) -> str:
    if found is None:
        return "it is missing"
    if found.get("IndexStatus", "ACTIVE") != "ACTIVE":
        return f"it is {found['IndexStatus'].lower()}"
    if sorted(found["KeySchema"], key=str) != sorted(wanted, key=str):
        return f"its keys are not {' and '.join(each['AttributeName'] for each in wanted)}"
    return ""


def _examine_expiry(what: str, expiry: Mapping[str, str]) -> Finding:
    if expiry.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
        return Finding(what=what, fault="it is off", mend=_BOOTSTRAP)
    attribute = expiry.get("AttributeName")
    if attribute != "expires_at":
        fault = f"it goes by {attribute}, not by expires_at"
        return Finding(what=what, fault=fault, mend="Turn it off, then run: manage.py bootstrap")
    return Finding(what=what)


def _examine_shards() -> Iterator[Finding]:
    recorded = shards.read_recorded_count()
    is_right = recorded >= settings.SHARDS
    yield Finding(
        what="shard count",
        fault="" if is_right else f"{recorded} are recorded, SHARDS is {settings.SHARDS}",
        mend="" if is_right else f"Restart a process that has it, or {_BOOTSTRAP.lower()}",
    )


def _try_to_write() -> Iterator[Finding]:
    if leases.acquire(_LEASE, _LEASE, 1.0):
        leases.release(_LEASE, _LEASE)
    yield Finding(what="writing to the platform table")


def _examine_clock() -> Finding:
    offset = clock.offset_seconds()
    is_right = abs(offset) <= _LARGEST_OFFSET_SECONDS
    return Finding(
        what="clock",
        fault="" if is_right else f"it differs from AWS's by {offset:.0f} s",
        mend="" if is_right else "Start systemd-timesyncd, or another NTP client, on this host",
    )
