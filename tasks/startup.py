"""What a worker makes sure of before it takes its first message."""

import time

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from celery.signals import after_setup_logger, worker_init
from celery.utils.log import get_multiprocessing_logger

from events.registry import all_handlers
from tasks.queues import RedrivePolicyMissing, check_redrive_policy

logger = structlog.get_logger(__name__)

_ASK_AGAIN_SECONDS = 2.0


@worker_init.connect(weak=False)
def tell_handlers(**_: object) -> None:
    """Say what this worker can do: events of other types succeed without anything being done."""
    logger.info("handlers_loaded", patterns=[each.pattern for each in all_handlers()])


@worker_init.connect(weak=False)
def refuse_without_redrive_policy(**_: object) -> None:
    """End the process if a failed message could be deleted; wait as long as SQS is away."""
    while True:
        try:
            check_redrive_policy()
        except RedrivePolicyMissing as error:
            raise SystemExit(str(error)) from error
        except (BotoCoreError, ClientError) as error:
            logger.warning("queue_not_ready", reason=str(error))
            time.sleep(_ASK_AGAIN_SECONDS)
        else:
            return


@after_setup_logger.connect(weak=False)
def take_in_what_the_pool_says(**_: object) -> None:
    """Let lines about the prefork pool's children look like all others; Celery writes its own."""
    pool_logger = get_multiprocessing_logger()
    if pool_logger is not None:
        pool_logger.handlers.clear()
        pool_logger.propagate = True
