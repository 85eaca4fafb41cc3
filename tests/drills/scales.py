"""How large the drills are in the test suite, and how large as an exercise of their own."""

from tests.drills.scene import Scale

SHORT = Scale(
    name="short",
    moment_seconds=2.0,
    spell_seconds=2.0,
    outage_seconds=8.0,
    repeats=1,
    backlog_events=2_000,
    replayed_events=120,
    replay_rate=6,
    patience_seconds=180.0,
    settings={
        "SHARDS": 4,
        "VISIBILITY_SECONDS": 6,
        "RECOVERY_INTERVAL_SECONDS": 1,
        "DISPATCH_DUE_SECONDS": 5,
        "LONG_POLL_SECONDS": 1,
        "BODY_DEADLINE_SECONDS": 2,
    },
)
# As in production, but for the long poll: the emulator does not notice that a client is gone, and
# the poll of a killed worker would take messages that have just come back, for nobody. And but for
# the shards: for each of them the emulator reads the whole table.
LONG = Scale(
    name="long",
    moment_seconds=12.0,
    spell_seconds=5.0,
    outage_seconds=60.0,
    repeats=2,
    backlog_events=50_000,
    replayed_events=20_000,
    replay_rate=200,
    patience_seconds=1_200.0,
    settings={
        "SHARDS": 1,
        "VISIBILITY_SECONDS": 20,
        "RECOVERY_INTERVAL_SECONDS": 15,
        "LONG_POLL_SECONDS": 5,
        "STOP_SECONDS": 25,
    },
)
