"""What may be done with events: every write of the platform starts here."""

from events.counters import flush as flush_counters
from events.counters import start as start_counters
from events.services.accept import accept_event
from events.services.accept_batch import accept_events
from events.services.api_key_uses import note_api_key_use
from events.services.api_keys import (
    create_api_key,
    issue_api_key,
    revoke_api_key,
    rotate_api_key,
    update_api_key,
)
from events.services.attempts import (
    Refusal,
    bury_event,
    claim_event,
    extend_lease,
    finish_event,
    retry_event,
)
from events.services.check_event import check_event, check_events
from events.services.draining import drain_pause, tend_parked_events
from events.services.erasing import erase_payload
from events.services.error_groups import flush_error_groups
from events.services.event_types import (
    Plan,
    delete_event_type,
    plan_event_type,
    save_event_type,
    try_payload,
)
from events.services.heartbeats import forget_worker, record_heartbeat
from events.services.leases import acquire_lease, release_lease
from events.services.mark_dead import mark_event_dead
from events.services.pauses import pause_events, resume_events
from events.services.rate_limits import Allowance, look_at_limit, take_tokens, wait_for_token
from events.services.recovery import Recovered, recover_shard
from events.services.replay import replay_event
from events.services.replay_outcomes import settle_replay_plan
from events.services.replay_pages import Advance, advance_replay_plan
from events.services.replay_plans import (
    abort_replay_plan,
    make_replay_plan,
    needs_confirmation,
    pause_replay_plan,
    resume_replay_plan,
)
from events.services.replay_requests import (
    approve_replay_request,
    decline_replay_request,
    needs_second_person,
    request_replay,
)
from events.services.setup import bootstrap_store, examine_store

__all__ = [
    "Advance",
    "Allowance",
    "Plan",
    "Recovered",
    "Refusal",
    "abort_replay_plan",
    "accept_event",
    "accept_events",
    "acquire_lease",
    "advance_replay_plan",
    "approve_replay_request",
    "bootstrap_store",
    "bury_event",
    "check_event",
    "check_events",
    "claim_event",
    "create_api_key",
    "decline_replay_request",
    "delete_event_type",
    "drain_pause",
    "erase_payload",
    "examine_store",
    "extend_lease",
    "finish_event",
    "flush_counters",
    "flush_error_groups",
    "forget_worker",
    "issue_api_key",
    "look_at_limit",
    "make_replay_plan",
    "mark_event_dead",
    "needs_confirmation",
    "needs_second_person",
    "note_api_key_use",
    "pause_events",
    "pause_replay_plan",
    "plan_event_type",
    "record_heartbeat",
    "recover_shard",
    "release_lease",
    "replay_event",
    "request_replay",
    "resume_events",
    "resume_replay_plan",
    "retry_event",
    "revoke_api_key",
    "rotate_api_key",
    "save_event_type",
    "settle_replay_plan",
    "start_counters",
    "take_tokens",
    "tend_parked_events",
    "try_payload",
    "update_api_key",
    "wait_for_token",
]
