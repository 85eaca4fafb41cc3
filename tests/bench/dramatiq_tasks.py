"""Plain dramatiq actors; ``python -m tests.bench.dramatiq_tasks TASK COUNT`` sends some."""

import os
import sys
import uuid

import dramatiq
from dramatiq_sqs import SQSBroker

from tests.bench.plain_claim import claim_and_finish

# Its own middleware, but for the metrics server that would want a port.
broker = SQSBroker(
    endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1", visibility_timeout=30
)
dramatiq.set_broker(broker)


@dramatiq.actor(queue_name=os.environ["BENCH_QUEUE"])
def noop(event_id: str) -> None:
    """Do nothing."""


@dramatiq.actor(queue_name=os.environ["BENCH_QUEUE"])
def claimed(event_id: str) -> None:
    """Do nothing between a claim and a finish."""
    claim_and_finish(event_id)


if __name__ == "__main__":
    actor = broker.get_actor(sys.argv[1])
    for _ in range(int(sys.argv[2])):
        actor.send(str(uuid.uuid4()))
