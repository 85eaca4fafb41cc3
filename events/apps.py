"""The events app: tells its version and loads the handlers of every installed app."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from events import metrics


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        metrics.BUILD_INFO.labels(settings.VERSION).set(1)
        autodiscover_modules("handlers")
        for module in settings.HANDLER_MODULES:
            try:
                import_module(module)
            except ModuleNotFoundError as error:
                if error.name != module:
                    raise
                raise SystemExit(
                    f"HANDLER_MODULES names {module}, and there is no such module on PYTHONPATH."
                ) from None
        if settings.DEMO_HANDLERS:
            import_module("events.demo")
