"""Readers post an event, poll it to its end, and page through lists without seeing one twice."""

from http import HTTPStatus
from typing import Any

import gevent
from locust import task

from locustfiles.load.user import PlatformUser

_POLLS = 20
_PAGES = 3
_TERMINAL = ("succeeded", "dead")


class Reader(PlatformUser):
    pace = 0.3

    @task(3)
    def follow_an_event(self) -> None:
        accepted = self.post_event()
        if accepted is None:
            return
        tag = ""
        for poll in range(_POLLS):
            gevent.sleep(min(5.0, 0.1 * 2**poll))
            event, tag = self._poll(accepted.event_id, tag)
            if event is not None and event["status"] in _TERMINAL:
                return

    @task(2)
    def list_newest(self) -> None:
        with self.ask("/events?limit=50", name="/events"):
            pass

    @task(1)
    def page(self) -> None:
        """Nothing that is new meanwhile may make a page show an event again."""
        path = "/events?limit=50&event_type=demo.echo"
        seen: set[str] = set()
        cursor = ""
        for _ in range(_PAGES):
            with self.ask(f"{path}{cursor}", name="/events (pages)") as answer:
                if answer.status_code != HTTPStatus.OK:
                    return
                page = answer.json()
                ids = {row["event_id"] for row in page["events"]}
                if seen & ids:
                    answer.failure("an event is on two pages")
            seen |= ids
            if page["next"] is None:
                return
            cursor = f"&cursor={page['next']}"

    def _poll(self, event_id: str, tag: str) -> tuple[dict[str, Any] | None, str]:
        """Return the event, or none where it has not changed since it had this tag."""
        headers = {"If-None-Match": tag} if tag else {}
        with self.ask(
            f"/events/{event_id}", name="/events/{id}", headers=headers, expected=(200, 304)
        ) as answer:
            if answer.status_code != HTTPStatus.OK:
                return None, tag
            return answer.json(), answer.headers.get("ETag", "")
