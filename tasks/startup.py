"""What a worker makes sure of before it takes its first message."""

import time

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from celery.signals import worker_init

from tasks.queues import RedrivePolicyMissing, check_redrive_policy

logger = structlog.get_logger(__name__)

_ASK_AGAIN_SECONDS = 2.0


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
