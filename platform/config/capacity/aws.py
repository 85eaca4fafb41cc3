"""What AWS allows and charges, and what terraform/ starts; its limits and prices change."""

from typing import Final

# A core of the benchmark's machine is worth this many of an instance's virtual CPUs, which are
# halves of cores that share their caches: an assumption.
VCPUS_PER_CORE: Final = 1.4
VCPUS_PER_HOST: Final = 2
MONITORING_VCPUS: Final = 2
# As terraform/ has it: how busy hosts are meant to be, how few and how many there are.
API_BUSY, API_LEAST, API_MOST = 0.6, 2, 10
WORKER_BUSY, WORKER_LEAST, WORKER_MOST = 0.7, 2, 20
# What worker_events_per_second says until it is measured; hosts are started by it.
WORKER_EVENTS_PER_SECOND: Final = 100
# As api_requests_per_minute says, likewise.
API_REQUESTS_PER_SECOND: Final = 200
# Handlers that a host runs at a time: two processes of 32 threads.
HANDLERS_PER_HOST: Final = 64

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
PARTITION_WRITE_UNITS: Final = 1_000
TABLE_WRITE_UNITS: Final = 40_000
NEW_TABLE_WRITE_UNITS: Final = 4_000
# Of an event's units: those of the item itself, and those of the index of open ones.
ITEM_UNITS, OPEN_UNITS = 3, 2
# Shards are of even use only about.
SHARD_BUSY: Final = 0.7
SHARDS_AS_DELIVERED, SHARDS_MOST = 4, 256
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
MESSAGES_IN_FLIGHT: Final = 120_000

# List prices of us-east-1 in dollars, November 2026.
MILLION_WRITE_UNITS: Final = 0.625
MILLION_QUEUE_REQUESTS: Final = 0.40
HOST_MONTH: Final = 62.05
GIGABYTE_MONTH: Final = 0.25 + 0.20
BALANCER_UNIT_MONTH: Final = 5.84
MILLION_FIREWALL_REQUESTS: Final = 0.60
# Production at rest, but for the hosts that are counted here: docs/aws.md has the sum.
REST_MONTH: Final = 610 - (API_LEAST + WORKER_LEAST) * HOST_MONTH
MONTH_SECONDS: Final = 730 * 3_600
RETENTION_SECONDS: Final = 30 * 86_400
EVENT_KILOBYTES: Final = 1.8
# A unit of the load balancer is a gigabyte an hour; a request and its answer are 1.5 KB.
REQUEST_KILOBYTES: Final = 1.5
