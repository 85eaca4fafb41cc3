"""Plain taskiq tasks; ``python -m tests.bench.taskiq_tasks TASK COUNT`` sends some."""

import asyncio
import os
import sys
import uuid
from contextlib import AsyncExitStack

from aiobotocore.session import get_session
from taskiq import TaskiqEvents, TaskiqState
from taskiq_aio_sqs import SQSBroker

from tests.bench.plain_claim import CLAIM, FINISH, claim_values, finish_values, new_owner

# Its batches are for senders: they confirm nothing, and a worker has no use for them.
broker = SQSBroker(
    os.environ["BENCH_QUEUE"],
    endpoint_url=os.environ["AWS_ENDPOINT_URL"],
    wait_time_seconds=20,
    max_number_of_messages=10,
    visibility_timeout=30,
    enable_heartbeat=True,
)
clients = AsyncExitStack()


@broker.on_event(TaskiqEvents.WORKER_STARTUP)
async def connect(state: TaskiqState) -> None:
    client = get_session().create_client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    state.dynamodb = await clients.enter_async_context(client)


@broker.on_event(TaskiqEvents.WORKER_SHUTDOWN)
async def disconnect(_: TaskiqState) -> None:
    await clients.aclose()


@broker.task(task_name="noop")
async def noop(event_id: str) -> None:
    """Do nothing."""


@broker.task(task_name="claimed")
async def claimed(event_id: str) -> None:
    """Do nothing between a claim and a finish."""
    key, owner = {"event_id": {"S": event_id}}, new_owner()
    client = broker.state.dynamodb
    await client.update_item(Key=key, ExpressionAttributeValues=claim_values(owner), **CLAIM)
    await client.update_item(Key=key, ExpressionAttributeValues=finish_values(owner), **FINISH)


async def fill(name: str, count: int) -> None:
    task = {"noop": noop, "claimed": claimed}[name]
    await broker.startup()
    await asyncio.gather(*(task.kiq(str(uuid.uuid4())) for _ in range(count)))
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1], int(sys.argv[2])))
