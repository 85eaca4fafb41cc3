"""From a rate of events to hosts, units, shards, partitions and dollars, and to what binds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from config.capacity import aws
from config.capacity.costs import Costs

# Events in each request of the benchmark's batches.
_BATCH = 100


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Events a second; what a handler takes is of its own, beside what the platform costs."""

    rate: float
    # In one request.
    batch: int = 1
    handler_cpu_ms: float = 0.0
    handler_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The most events a second that something allows, and what is done beyond."""

    what: str
    rate: float
    beyond: str


@dataclass(frozen=True, kw_only=True)
class Capacity:
    demand: Demand
    api_hosts: int
    worker_hosts: int
    queue_requests: float
    write_units: float
    shards: int
    partitions: int
    # Of the account's quota, and that of monitoring among them.
    vcpus: int
    dollars: float
    # Those that the rate is beyond, the narrowest first.
    binding: Sequence[Limit]


def plan(demand: Demand, costs: Costs) -> Capacity:
    """Return what such a rate takes."""
    shards = max(aws.SHARDS_AS_DELIVERED, math.ceil(demand.rate / _rate_per_shard()))
    api_hosts, worker_hosts = _api_hosts(demand, costs), _worker_hosts(demand, costs)
    limits = sorted(find_limits(demand, costs), key=lambda limit: limit.rate)
    return Capacity(
        demand=demand,
        api_hosts=api_hosts,
        worker_hosts=worker_hosts,
        queue_requests=demand.rate * costs.queue_requests,
        write_units=demand.rate * costs.write_units,
        shards=shards,
        partitions=math.ceil(demand.rate * costs.write_units / aws.PARTITION_WRITE_UNITS),
        vcpus=(api_hosts + worker_hosts) * aws.VCPUS_PER_HOST + aws.MONITORING_VCPUS,
        dollars=_dollars(demand, costs, hosts=api_hosts + worker_hosts),
        binding=[limit for limit in limits if limit.rate < demand.rate],
    )


def find_limits(demand: Demand, costs: Costs) -> Sequence[Limit]:
    """Return what stops the platform as it is delivered, and what is done about each."""
    return (
        Limit(
            what="write units of a new table",
            rate=aws.NEW_TABLE_WRITE_UNITS / aws.ITEM_UNITS,
            beyond="warm throughput asked for before; by itself it doubles within half an hour",
        ),
        Limit(
            what=f"{aws.SHARDS_AS_DELIVERED} shards of the open index",
            rate=aws.SHARDS_AS_DELIVERED * _rate_per_shard(),
            beyond=f"SHARDS raised, up to {aws.SHARDS_MOST}",
        ),
        Limit(
            what=f"{aws.API_MOST} API hosts",
            rate=aws.API_MOST * _rate_per_api_host(demand, costs),
            beyond="batches of 100, or larger hosts",
        ),
        Limit(
            what=f"{aws.API_MOST} API hosts, if api_requests_per_minute stays,",
            rate=aws.API_MOST * aws.API_REQUESTS_PER_SECOND * demand.batch,
            beyond="api_requests_per_minute as it was measured with your events",
        ),
        Limit(
            what=f"{aws.WORKER_MOST} worker hosts",
            rate=aws.WORKER_MOST * _rate_per_worker_host(demand, costs),
            beyond="larger hosts, or a second environment",
        ),
        Limit(
            what=f"{aws.WORKER_MOST} worker hosts, if worker_events_per_second stays,",
            rate=aws.WORKER_MOST * aws.WORKER_BUSY * aws.WORKER_EVENTS_PER_SECOND,
            beyond="worker_events_per_second as it was measured with your handlers",
        ),
        Limit(
            what="messages in flight",
            rate=aws.MESSAGES_IN_FLIGHT / demand.handler_seconds
            if demand.handler_seconds
            else math.inf,
            beyond="shorter handlers, or a second environment",
        ),
        Limit(
            what="a table's quota of write units",
            rate=aws.TABLE_WRITE_UNITS / aws.ITEM_UNITS,
            beyond="the quota raised by AWS, or a second environment",
        ),
        Limit(
            what=f"{aws.SHARDS_MOST} shards of the open index",
            rate=aws.SHARDS_MOST * _rate_per_shard(),
            beyond="a second environment, tenants divided between them",
        ),
    )


def _rate_per_shard() -> float:
    return aws.SHARD_BUSY * aws.PARTITION_WRITE_UNITS / aws.OPEN_UNITS


def _api_hosts(demand: Demand, costs: Costs) -> int:
    return max(aws.API_LEAST, math.ceil(demand.rate / _rate_per_api_host(demand, costs)))


def _worker_hosts(demand: Demand, costs: Costs) -> int:
    return max(aws.WORKER_LEAST, math.ceil(demand.rate / _rate_per_worker_host(demand, costs)))


def _rate_per_api_host(demand: Demand, costs: Costs) -> float:
    # What a request costs is shared by its events; the rest each pays for itself.
    event_ms = max(0.0, (_BATCH * costs.batch_cpu_ms - costs.api_cpu_ms) / (_BATCH - 1))
    request_ms = costs.api_cpu_ms - event_ms
    return _host_ms() * aws.API_BUSY / (event_ms + request_ms / demand.batch)


def _rate_per_worker_host(demand: Demand, costs: Costs) -> float:
    by_cpu = _host_ms() / (costs.worker_cpu_ms + demand.handler_cpu_ms)
    seconds = demand.handler_seconds + demand.handler_cpu_ms / 1_000
    by_threads = aws.HANDLERS_PER_HOST / seconds if seconds else math.inf
    return aws.WORKER_BUSY * min(by_cpu, by_threads)


def _host_ms() -> float:
    """Return the benchmark's milliseconds of CPU that a host has in a second."""
    return aws.VCPUS_PER_HOST * 1_000 / aws.VCPUS_PER_CORE


def _dollars(demand: Demand, costs: Costs, *, hosts: int) -> float:
    millions = demand.rate * aws.MONTH_SECONDS / 1e6
    stored = demand.rate * aws.RETENTION_SECONDS * aws.EVENT_KILOBYTES / 1e6
    balancer_units = demand.rate * 3_600 * aws.REQUEST_KILOBYTES / 1e6
    return (
        aws.REST_MONTH
        + hosts * aws.HOST_MONTH
        + millions * costs.write_units * aws.MILLION_WRITE_UNITS
        + millions * costs.queue_requests * aws.MILLION_QUEUE_REQUESTS
        + stored * aws.GIGABYTE_MONTH
        + balancer_units * aws.BALANCER_UNIT_MONTH
        + millions / demand.batch * aws.MILLION_FIREWALL_REQUESTS
    )
