"""Producers post one event at a time, as a shop's backend does: shows how fast 202 is given."""

from locust import task

from locustfiles.load.user import PlatformUser


class Producer(PlatformUser):
    @task
    def post(self) -> None:
        self.post_event()
