"""Dead letters: what is left in the dead-letter queue, and what happens when it is moved back."""

from typing import Any

import structlog
from celery import current_app, shared_task
from django.conf import settings

from events import services
from events.errors import EventIsOpen, EventNotFound, PayloadErased, ReceivesExhausted, Retryable
from events.event import ClaimedEvent
from tasks import dispatch, outcomes
from tasks.base import EventTask
from tasks.envelope import read_message
from tasks.log_context import about, logged

logger = structlog.get_logger(__name__)

_AWAY_SECONDS = 5
# A sweep looks at so many messages at the most; the next one goes on.
_SWEEP_CALLS = 10
_MESSAGES_PER_CALL = 10


@shared_task(bind=True, base=EventTask, name=dispatch.REPLAY_TASK)
@logged
def replay_event(self: EventTask, event_id: str, generation: int) -> None:  # noqa: ARG001  # bound for its base
    """Replay an event whose dead letter was moved back to the work queue, by whatever tool.

    Running this twice is safe: only this very generation is replayed.
    """
    try:
        services.replay_event(
            event_id=event_id,
            actor="redrive",
            reason="moved back from the dead-letter queue",
            generation=generation,
        )
    except (EventNotFound, EventIsOpen, PayloadErased) as error:
        logger.info("message_refused", reason=str(error))
    except Retryable as error:
        logger.warning("replay_postponed", reason=str(error))
        raise outcomes.put_back(_AWAY_SECONDS, error) from error


def sweep_dead_letters() -> int:
    """Look for messages that SQS itself set aside and settle their events; return how many.

    What is left there by the platform, or by strangers, stays untouched. Raises StoreUnavailable,
    StoreThrottled or QueueUnavailable; the next sweep goes on.
    """
    with dispatch.translated_errors(), current_app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        sqs = channel.sqs(settings.DEAD_LETTER_QUEUE)
        url = f"{settings.QUEUE_URL_PREFIX}/{settings.DEAD_LETTER_QUEUE}"
        seen: set[str] = set()
        settled = 0
        for _ in range(_SWEEP_CALLS):
            received = _receive(sqs, url)
            if not received or seen.issuperset(each["MessageId"] for each in received):
                break
            seen.update(each["MessageId"] for each in received)
            settled += sum(_settle(sqs, url, each) for each in received)
    return settled


def _receive(sqs: Any, url: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=_MESSAGES_PER_CALL,
        WaitTimeSeconds=0,
        # Long enough to see others on the next call, short enough for an operator's redrive.
        VisibilityTimeout=5,
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _settle(sqs: Any, url: str, message: dict[str, Any]) -> bool:
    sent = read_message(message["Body"])
    if sent is None or sent.task != dispatch.PROCESS_TASK:
        return False
    claimed = services.claim_event(
        event_id=sent.event_id,
        generation=sent.generation,
        message_id=message["MessageId"],
        worker=settings.WORKER_NAME,
        request_id=sent.request_id,
    )
    if isinstance(claimed, ClaimedEvent):
        with about(claimed):
            outcomes.bury(claimed, ReceivesExhausted("SQS set the message aside"))
    elif claimed.is_dead:
        dispatch.send_dead_letter(sent.event_id, sent.generation, request_id=sent.request_id)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return True
