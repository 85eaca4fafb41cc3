"""``manage.py openapi``: write the API's description, as ``GET /schema`` answers it."""

from django.core.management.base import BaseCommand

from events.api.schema import document


class Command(BaseCommand):
    help = "Write the API's OpenAPI document as YAML"

    def handle(self, *_: object, **__: object) -> None:
        self.stdout.write(document.as_yaml().decode(), ending="")
