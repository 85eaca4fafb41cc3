"""The events app: loads the handlers of every installed app when Django starts."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
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
