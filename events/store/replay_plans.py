"""Replay plans in the platform table: what they are, and how far they have come.

A plan is under one kind while workers must look at it, and then moves to another, where it stays
until it expires: workers read nothing but what there is to do.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson

from events import clock
from events.replay_plan import Estimate, Page, PlanState, ReplayPlan, Skip
from events.store import codec, connection, statements
from events.store.models import PlatformItem

_TABLE = PlatformItem.Meta.table_name
_OPEN = "open-replay-plan"
_SETTLED = "settled-replay-plan"
_DEADLINE_SECONDS = 3.0
# Sorts after whatever a name may hold.
_HIGHEST = "~"

_Where = list[tuple[str, str, connection.Value]]


def insert(plan: ReplayPlan) -> None:
    """Store a new plan; safe to repeat, since its id is its own."""
    item = _to_item(plan, _OPEN)
    key = _key(_OPEN, plan)
    with suppress(connection.ConditionFailed):
        # The first answer was lost.
        connection.execute(
            statements.insert(_TABLE, item, key=key, size_bytes=len(item["plan"]["S"])),
            deadline_seconds=_DEADLINE_SECONDS,
        )


def read(tenant: str, plan_id: str) -> ReplayPlan | None:
    """Return a plan, one read or two; None if there is none."""
    for kind in (_OPEN, _SETTLED):
        answer = connection.call(
            "get_item",
            deadline_seconds=_DEADLINE_SECONDS,
            TableName=_TABLE,
            Key={"kind": statements.text(kind), "name": statements.text(f"{tenant}#{plan_id}")},
            ConsistentRead=True,
        )
        if "Item" in answer:
            return _read(answer["Item"])
    return None


def read_open(tenant: str | None = None) -> list[ReplayPlan]:
    """Return the plans that are not settled, oldest first, of a tenant or of all."""
    return [_read(raw) for raw in _items(_OPEN, tenant)]


def read_settled(tenant: str, *, limit: int) -> list[ReplayPlan]:
    """Return a tenant's newest settled plans, oldest first."""
    return [_read(raw) for raw in _items(_SETTLED, tenant)][-limit:]


def set_state(plan: ReplayPlan, state: PlanState, *, actor: str) -> bool:
    """Give a plan another state; False if it is no longer as it was read."""
    values = {
        "state": statements.text(state),
        "changed_by": statements.text(actor),
        "changed_at": statements.number(clock.now_microseconds()),
    }
    is_as_read = ("state", statements.EQUALS, statements.text(plan.state))
    return _update(plan, [is_as_read, *_at_its_place(plan)], values)


def commit(
    plan: ReplayPlan, *, page: Page, done: int, replayed: int, skipped: Mapping[Skip, int]
) -> bool:
    """Count what was done of a page, once; False if another worker did so first."""
    is_over = done == len(page.entries)
    all_skipped = {each: plan.skipped.get(each, 0) + skipped.get(each, 0) for each in Skip}
    values = {
        "cursor": statements.text(page.cursor if is_over else plan.cursor),
        "pages": statements.number(plan.pages + is_over),
        "done": statements.number(0 if is_over else done),
        "counts": _counts(plan.replayed + replayed, all_skipped),
    }
    return _update(plan, _at_its_place(plan), values)


def settle_page(plan: ReplayPlan, *, succeeded: int, failed_again: int) -> bool:
    """Count what became of a page's events, once; False if another worker did so first."""
    outcomes = {
        "succeeded": plan.succeeded + succeeded,
        "failed_again": plan.failed_again + failed_again,
    }
    values = {
        "settled_pages": statements.number(plan.settled_pages + 1),
        "outcomes": _json(outcomes),
    }
    where = [("settled_pages", statements.EQUALS, statements.number(plan.settled_pages))]
    return _update(plan, where, values)


def put_away(plan: ReplayPlan, *, expires_at: int) -> None:
    """Move a settled plan to where no worker looks; safe to repeat and to be cut off."""
    item = _to_item(plan, _SETTLED) | {"expires_at": statements.number(expires_at)}
    connection.call("put_item", deadline_seconds=_DEADLINE_SECONDS, TableName=_TABLE, Item=item)
    connection.call(
        "delete_item",
        deadline_seconds=_DEADLINE_SECONDS,
        TableName=_TABLE,
        Key={name: item[name] for name in ("kind", "name")} | {"kind": statements.text(_OPEN)},
    )


def _at_its_place(plan: ReplayPlan) -> _Where:
    """Return the condition that nobody has come further with the plan."""
    return [
        ("pages", statements.EQUALS, statements.number(plan.pages)),
        ("done", statements.EQUALS, statements.number(plan.done)),
    ]


def _update(plan: ReplayPlan, where: _Where, values: dict[str, connection.Value]) -> bool:
    identity: _Where = [
        ("kind", statements.EQUALS, statements.text(_OPEN)),
        ("name", statements.EQUALS, statements.text(_name(plan))),
    ]
    write = statements.update(
        _TABLE, key=_key(_OPEN, plan), where=[*identity, *where], values=values
    )
    try:
        connection.execute(write, deadline_seconds=_DEADLINE_SECONDS)
    except connection.ConditionFailed as refusal:
        # It may be our own first write that stands in the way, its answer lost.
        stored = refusal.item or {}
        return all(stored.get(name) == value for name, value in values.items())
    return True


def _items(kind: str, tenant: str | None) -> Iterator[connection.Item]:
    names = (" ", _HIGHEST) if tenant is None else (f"{tenant}#", f"{tenant}#{_HIGHEST}")
    start: dict[str, connection.Item] = {}
    while True:
        answer = connection.call(
            "query",
            deadline_seconds=_DEADLINE_SECONDS,
            TableName=_TABLE,
            KeyConditionExpression="#kind = :kind AND #name BETWEEN :first AND :last",
            ExpressionAttributeNames={"#kind": "kind", "#name": "name"},
            ExpressionAttributeValues={
                ":kind": statements.text(kind),
                ":first": statements.text(names[0]),
                ":last": statements.text(names[1]),
            },
            ConsistentRead=True,
            **start,
        )
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _to_item(plan: ReplayPlan, kind: str) -> connection.Item:
    made = {
        "filter": plan.filter,
        "reason": plan.reason,
        "actor": plan.actor,
        "rate": plan.rate,
        "created_at": codec.to_text(plan.created_at),
        "count": plan.expected.count,
        "is_exact": plan.expected.is_exact,
    }
    return {
        "kind": statements.text(kind),
        "name": statements.text(_name(plan)),
        "plan": _json(made),
        "state": statements.text(plan.state),
        "changed_by": statements.text(plan.changed_by),
        "changed_at": statements.number(codec.to_microseconds(plan.changed_at)),
        "cursor": statements.text(plan.cursor),
        "pages": statements.number(plan.pages),
        "done": statements.number(plan.done),
        "settled_pages": statements.number(plan.settled_pages),
        "counts": _counts(plan.replayed, plan.skipped),
        "outcomes": _json({"succeeded": plan.succeeded, "failed_again": plan.failed_again}),
    }


def _read(raw: connection.Item) -> ReplayPlan:
    tenant, _, plan_id = raw["name"]["S"].rpartition("#")
    made: dict[str, Any] = orjson.loads(raw["plan"]["S"])
    counts = orjson.loads(raw["counts"]["S"])
    return ReplayPlan(
        plan_id=plan_id,
        tenant=tenant,
        filter=made["filter"],
        reason=made["reason"],
        actor=made["actor"],
        rate=made["rate"],
        created_at=datetime.fromisoformat(made["created_at"]),
        expected=Estimate(count=made["count"], is_exact=made["is_exact"]),
        state=PlanState(raw["state"]["S"]),
        changed_by=raw["changed_by"]["S"],
        changed_at=codec.from_microseconds(int(raw["changed_at"]["N"])),
        cursor=raw["cursor"]["S"],
        pages=int(raw["pages"]["N"]),
        done=int(raw["done"]["N"]),
        settled_pages=int(raw["settled_pages"]["N"]),
        replayed=counts["replayed"],
        skipped={Skip(name): count for name, count in counts["skipped"].items()},
        **orjson.loads(raw["outcomes"]["S"]),
    )


def _counts(replayed: int, skipped: Mapping[Skip, int]) -> connection.Value:
    by_reason = {each.value: count for each, count in skipped.items()}
    return _json({"replayed": replayed, "skipped": by_reason})


def _json(value: Mapping[str, Any]) -> connection.Value:
    return statements.text(orjson.dumps(value).decode())


def _name(plan: ReplayPlan) -> str:
    return f"{plan.tenant}#{plan.plan_id}"


def _key(kind: str, plan: ReplayPlan) -> str:
    return f"{kind}/{_name(plan)}"
