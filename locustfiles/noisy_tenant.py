"""A noisy tenant floods with a key of its own: the others are to notice nothing of it."""

from http import HTTPStatus

from locust import task

from locustfiles.load.payloads import make_event
from locustfiles.load.user import PlatformUser


class NoisyTenant(PlatformUser):
    """Takes no notice of Retry-After; to be refused is what it asks for."""

    is_noisy = True
    pace = 20.0

    @task
    def flood(self) -> None:
        name = self.title("/events")
        with self.ask("/events", make_event(self.source), name=name, expected=(202, 429)) as answer:
            if answer.status_code == HTTPStatus.ACCEPTED:
                self.note(answer.json())
