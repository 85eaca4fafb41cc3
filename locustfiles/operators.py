"""Operators look at the figures, find the dead of this run, and replay them.

Not named operator.py: the folder may stand on the path, and Python has a module of that name.
"""

from http import HTTPStatus

from locust import task

from locustfiles.load.payloads import DYING, make_event
from locustfiles.load.user import PlatformUser


class Operator(PlatformUser):
    """Its key needs the scope events:replay."""

    pace = 0.2

    @task(5)
    def look_at_figures(self) -> None:
        with self.ask("/stats"):
            pass
        with self.ask("/errors"):
            pass

    @task(2)
    def replay_a_dead_event(self) -> None:
        path = f"/events?status=dead&source={self.source}&limit=20"
        with self.ask(path, name="/events?status=dead") as answer:
            rows = answer.json()["events"] if answer.status_code == HTTPStatus.OK else []
        if rows:
            self._replay(rows[0]["event_id"], rows[0]["generation"])
        else:
            # The first that dies for all operators to see, where the demo's handlers are on.
            self.post_event(make_event(self.source) | {"event_type": DYING})

    def _replay(self, event_id: str, generation: int) -> None:
        body = {"reason": "load", "generation": generation}
        # Another operator may have been quicker.
        with self.ask(
            f"/events/{event_id}/replay",
            body,
            name="/events/{id}/replay",
            expected=(202, 409),
        ) as answer:
            if answer.status_code == HTTPStatus.ACCEPTED:
                self.note(answer.json())
