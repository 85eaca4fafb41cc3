"""The table of drills: what is done, to what, and how often an event may run."""

from tests.drills import faults, kills, steps
from tests.drills.drill import KILL_LIMIT_SECONDS, STOP_LIMIT_SECONDS, Drill, Lasts
from tests.drills.network import DYNAMODB, SQS
from tests.drills.outages import (
    api,
    busiest_worker,
    cut,
    disturb,
    everybody,
    take_away,
    workers,
)
from tests.drills.steps import Step
from tests.faults import delay, hang, lose_answer, refuse, throttle

# The emulator looks at the whole queue for each receipt: a long one drains at its pace.
_BACKLOG_LIMIT_SECONDS = 1_200.0

_WRITE = "BatchExecuteStatement"
_RECEIVE = "ReceiveMessage"
_SEND = "SendMessageBatch"
_DELETE = "DeleteMessageBatch"
_HIDE = "ChangeMessageVisibilityBatch"


def _kill(name: str, *done: Step, before: tuple[Step, ...] = ()) -> Drill:
    return Drill(
        name=name,
        before=before,
        faults=done,
        lasts=Lasts.MOMENT,
        events_per_second=8.0,
        work_seconds=1.0,
        may_repeat=True,
        limit_seconds=KILL_LIMIT_SECONDS,
    )


DRILLS = (
    _kill("worker killed in the middle of its handlers", kills.kill_worker),
    _kill("prefork child killed", kills.kill_child, before=(kills.add_prefork_worker,)),
    _kill("all workers killed at once", kills.kill_all_workers),
    Drill(
        name="worker stopped under load",
        faults=(kills.stop_worker,),
        lasts=Lasts.MOMENT,
        work_seconds=0.3,
        limit_seconds=KILL_LIMIT_SECONDS,
    ),
    Drill(
        name="worker stopped with 200 messages in hand",
        before=(kills.add_large_worker,),
        faults=(kills.stop_large_worker,),
        events_at_once=216,
        work_seconds=0.0,
        limit_seconds=STOP_LIMIT_SECONDS,
    ),
    Drill(
        name="API killed between store and dispatch", faults=(kills.kill_api,), lasts=Lasts.MOMENT
    ),
    Drill(
        name="clients that hang up or stall", faults=(steps.hang_up_and_stall,), lasts=Lasts.MOMENT
    ),
    Drill(name="DynamoDB slow", faults=(disturb(everybody(DYNAMODB), "*", delay(0.5)),)),
    Drill(
        name="DynamoDB throttles",
        faults=(disturb(everybody(DYNAMODB), "*", faults.sometimes(0.5, throttle())),),
    ),
    Drill(
        name="DynamoDB acts and its answer is lost",
        faults=(disturb(everybody(DYNAMODB), _WRITE, faults.sometimes(0.3, lose_answer())),),
    ),
    Drill(
        name="DynamoDB away",
        faults=(take_away(everybody(DYNAMODB), hang()),),
        lasts=Lasts.OUTAGE,
        may_repeat=True,
    ),
    Drill(name="every message twice", faults=(disturb(api(SQS), _SEND, faults.repeat(2)),)),
    Drill(name="every message ten times", faults=(disturb(api(SQS), _SEND, faults.repeat(10)),)),
    Drill(
        name="messages out of order", faults=(disturb(api(SQS), _SEND, faults.delay_up_to(0.4)),)
    ),
    Drill(
        name="messages delivered again while in hand",
        faults=(disturb(workers(SQS), _RECEIVE, faults.sometimes(0.5, faults.show_again())),),
        work_seconds=0.3,
    ),
    Drill(
        name="deletions lost", faults=(disturb(workers(SQS), _DELETE, faults.swallow_entries()),)
    ),
    Drill(
        name="receipts expired when deleted",
        faults=(disturb(workers(SQS), _DELETE, faults.expire_receipts()),),
    ),
    Drill(
        name="receipts expired while in hand",
        faults=(disturb(workers(SQS), _HIDE, faults.expire_receipts()),),
        lasts=Lasts.MOMENT,
        events_per_second=1.5,
        outlives_visibility=True,
    ),
    Drill(
        name="SQS away",
        faults=(take_away(everybody(SQS), hang()),),
        lasts=Lasts.OUTAGE,
    ),
    Drill(
        name="SQS in bursts of 5xx",
        faults=(
            disturb(everybody(SQS), "*", faults.sometimes(0.5, refuse(503, "ServiceUnavailable"))),
        ),
    ),
    Drill(name="long polls hang", faults=(disturb(workers(SQS), _RECEIVE, hang()),)),
    Drill(
        name="credentials of SQS expired",
        faults=(take_away(everybody(SQS), refuse(403, "ExpiredToken")),),
    ),
    Drill(
        name="credentials of DynamoDB expired",
        faults=(take_away(everybody(DYNAMODB), refuse(400, "ExpiredTokenException")),),
        may_repeat=True,
    ),
    Drill(name="API cut from DynamoDB", faults=(cut(api(DYNAMODB)),)),
    Drill(name="API cut from SQS", faults=(cut(api(SQS)),)),
    Drill(
        name="workers cut from DynamoDB",
        faults=(cut(workers(DYNAMODB)),),
        work_seconds=0.5,
        events_per_second=10.0,
        may_repeat=True,
    ),
    Drill(name="workers cut from SQS", faults=(cut(workers(SQS)),)),
    Drill(
        name="one worker cut from everything",
        faults=(cut(busiest_worker()),),
        lasts=Lasts.OUTAGE,
        work_seconds=1.0,
        events_per_second=6.0,
        may_repeat=True,
    ),
    Drill(
        name="backlog of stopped workers",
        before=(steps.stop_all_workers,),
        faults=(steps.start_workers,),
        events_at_once=0,
        work_seconds=0.0,
        limit_seconds=_BACKLOG_LIMIT_SECONDS,
    ),
    Drill(
        name="clocks of workers two minutes ahead and behind",
        before=(steps.skew_workers,),
        faults=(disturb(api(SQS), _SEND, faults.repeat(2)),),
        events_per_second=4.0,
        work_seconds=3.0,
    ),
)
