"""What may be done with events: every write of the platform starts here."""

from events.services.accept import accept_event
from events.services.attempts import (
    Refusal,
    bury_event,
    claim_event,
    extend_lease,
    finish_event,
    retry_event,
)
from events.services.leases import acquire_lease, release_lease
from events.services.recovery import Recovered, recover_shard
from events.services.replay import replay_event
from events.services.setup import bootstrap_store

__all__ = [
    "Recovered",
    "Refusal",
    "accept_event",
    "acquire_lease",
    "bootstrap_store",
    "bury_event",
    "claim_event",
    "extend_lease",
    "finish_event",
    "recover_shard",
    "release_lease",
    "replay_event",
    "retry_event",
]
