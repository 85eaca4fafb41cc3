"""Batch producers post what they have gathered: shows what an event costs among others."""

import random
import uuid
from http import HTTPStatus

from locust import task

from locustfiles.load.payloads import make_event
from locustfiles.load.user import PlatformUser


class BatchProducer(PlatformUser):
    pace = 0.2

    @task
    def post(self) -> None:
        count = random.choice((10, 25, 100))  # noqa: S311
        entries = [make_event(self.source) for _ in range(count)]
        keys = [uuid.uuid4().hex for _ in entries]
        body = {
            "events": [
                each | {"idempotency_key": key} for each, key in zip(entries, keys, strict=True)
            ]
        }
        name = self.title("/events/batch")
        with self.ask("/events/batch", body, name=name, expected=(202,)) as answer:
            if answer.status_code == HTTPStatus.ACCEPTED:
                self.note_all(answer, keys)
