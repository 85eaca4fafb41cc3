"""CloudEvents producers post in each mode: structured, binary and batched."""

import uuid
from http import HTTPStatus
from typing import Any

from locust import task

from locustfiles.load.payloads import make_event
from locustfiles.load.user import PlatformUser

_NAME = "/events (CloudEvents, {})"


class CloudEventsProducer(PlatformUser):
    @task(3)
    def post_structured(self) -> None:
        headers = {"Content-Type": "application/cloudevents+json"}
        name = _NAME.format("structured")
        with self.ask(
            "/events", self._make(), name=name, headers=headers, expected=(202,)
        ) as answer:
            if answer.status_code == HTTPStatus.ACCEPTED:
                self.note(answer.json())

    @task(3)
    def post_binary(self) -> None:
        attributes = self._make()
        data = attributes.pop("data")
        headers = {f"ce-{name}": value for name, value in attributes.items()}
        name = _NAME.format("binary")
        with self.ask("/events", data, name=name, headers=headers, expected=(202,)) as answer:
            if answer.status_code == HTTPStatus.ACCEPTED:
                self.note(answer.json())

    @task(1)
    def post_batched(self) -> None:
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        name = _NAME.format("batched")
        body = [self._make() for _ in range(10)]
        with self.ask("/events", body, name=name, headers=headers, expected=(202,)) as answer:
            if answer.status_code == HTTPStatus.ACCEPTED:
                self.note_all(answer)

    def _make(self) -> dict[str, Any]:
        event = make_event(self.source)
        return {
            "specversion": "1.0",
            "id": uuid.uuid4().hex,
            "source": self.source,
            "type": event["event_type"],
            "data": event["payload"],
        }
