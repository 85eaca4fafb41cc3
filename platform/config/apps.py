"""The project itself as an app, for its system checks."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401, PLC0415  # registered by being imported
