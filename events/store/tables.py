"""Making the tables, and finding out how existing ones differ from the models."""

from pynamodb.exceptions import PynamoDBException
from pynamodb.models import Model

from events.errors import StoreUnavailable, TableDiffers
from events.store import connection
from events.store.models import EventItem, PlatformItem
from events.store.shards import raise_shard_count

_MODELS: tuple[type[Model], ...] = (EventItem, PlatformItem)


def bootstrap_tables(shards: int) -> list[str]:
    """Make what is missing and say what was done, a line each; safe to repeat.

    Raises StoreThrottled or StoreUnavailable.
    """
    try:
        lines = [_bootstrap_table(model) for model in _MODELS]
    except PynamoDBException as error:
        raise StoreUnavailable(str(error)) from error
    lines.append(f"shards: {raise_shard_count(shards)}")
    return lines


def _bootstrap_table(model: type[Model]) -> str:
    name = model.Meta.table_name
    if model.exists():
        missing = _missing_indexes(model)
        if missing:
            raise TableDiffers(
                f"Table {name} lacks the indexes {', '.join(missing)}; add them, or take another "
                f"table by EVENTS_TABLE or PLATFORM_TABLE."
            )
        done = "exists"
    else:
        model.create_table(wait=True)
        done = "made"
    return f"table {name}: {done}{_turn_on_expiry(name)}"


def _missing_indexes(model: type[Model]) -> list[str]:
    described = model.describe_table().get("GlobalSecondaryIndexes", [])
    existing = {index["IndexName"] for index in described}
    return sorted(set(model._indexes or {}) - existing)  # noqa: SLF001  # no public list


def _turn_on_expiry(table: str) -> str:
    described = connection.call("describe_time_to_live", TableName=table)
    if described["TimeToLiveDescription"].get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        return ""
    connection.call(
        "update_time_to_live",
        TableName=table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
    )
    return ", expiry turned on"
