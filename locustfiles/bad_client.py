"""Bad clients send what is wrong: each is told so, and nothing of it harms the others."""

import random
import uuid
from typing import Any

from locust import task

from locustfiles.load.payloads import make_event
from locustfiles.load.user import PlatformUser

# Above the largest body that is taken, as the platform is delivered.
_TOO_LARGE = "x" * 300_000
_MALFORMED = (
    "{",
    '{"event_type": "demo.echo", "event_type": "twice"}',
    '{"event_type": "demo.echo", "payload": {"n": NaN}}',
)
_INVALID: tuple[dict[str, Any], ...] = (
    {},
    {"event_type": "no spaces, please"},
    {"event_type": "demo.echo", "payload": "not an object"},
    {"event_type": "demo.echo", "unknown": 1},
)


class BadClient(PlatformUser):
    @task(3)
    def post_malformed(self) -> None:
        body = random.choice(_MALFORMED)  # noqa: S311
        with self.ask("/events", body, name="/events (malformed)", expected=(400,)):
            pass

    @task(3)
    def post_invalid(self) -> None:
        body = random.choice(_INVALID)  # noqa: S311
        with self.ask("/events", body, name="/events (invalid)", expected=(422,)):
            pass

    @task(1)
    def post_oversized(self) -> None:
        body = {"event_type": "demo.echo", "payload": {"text": _TOO_LARGE}}
        with self.ask("/events", body, name="/events (oversized)", expected=(413,)):
            pass

    @task(2)
    def repeat_a_key(self) -> None:
        """Expect the same id for the same event, and a refusal of another event."""
        key, event = uuid.uuid4().hex, make_event(self.source)
        first = self.post_event(event, key=key)
        again = self.post_event(event, key=key)
        headers = {"Idempotency-Key": key}
        name = "/events (another event under a key)"
        if first is None or again is None:
            return
        other = event | {"event_type": "another.event"}
        with self.ask("/events", other, name=name, headers=headers, expected=(422,)) as answer:
            if first.event_id != again.event_id:
                answer.failure("a key was given two ids")

    @task(1)
    def use_a_wrong_key(self) -> None:
        headers = {"Authorization": "Bearer evp_nosuchkey_nosuchkey"}
        with self.ask("/stats", name="/stats (wrong key)", headers=headers, expected=(401,)):
            pass
