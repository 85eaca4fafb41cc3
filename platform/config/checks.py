"""Settings that contradict each other, or the environment, as numbered system checks.

Errors keep the API from starting; `manage.py check` shows them all.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution
from django.utils.module_loading import import_string

# What AWS takes for the names of tables and of queues.
_TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_QUEUE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_QUEUES = ("WORK_QUEUE", "DEAD_LETTER_QUEUE", "WORKER_EVENTS_QUEUE")
_TABLES = ("EVENTS_TABLE", "PLATFORM_TABLE")


@register()
def check_settings(**_: Any) -> list[CheckMessage]:
    return [*_check_work(), *_check_limits(), *_check_names(), *_check_dispatcher()]


@register()
def check_production(**_: Any) -> list[CheckMessage]:
    return [] if settings.IS_LOCAL else [*_check_exposure(), *_check_leftovers()]


def _check_work() -> Iterator[CheckMessage]:
    if settings.LONG_POLL_SECONDS * 3 >= settings.VISIBILITY_SECONDS * 2:
        yield Error(
            "LONG_POLL_SECONDS is not below two thirds of VISIBILITY_SECONDS.",
            hint="A killed worker's last poll would take its own messages again, for nobody.",
            id="config.E001",
        )
    if settings.LEASE_SECONDS > settings.VISIBILITY_SECONDS:
        yield Error(
            "LEASE_SECONDS is above VISIBILITY_SECONDS.",
            hint="A message would come back while nobody may claim its event yet.",
            id="config.E002",
        )
    if settings.DISPATCH_DUE_SECONDS <= settings.DISPATCH_DEADLINE_SECONDS:
        yield Error(
            "DISPATCH_DUE_SECONDS is not above DISPATCH_DEADLINE_SECONDS.",
            hint="Recovery would dispatch events that are still being dispatched.",
            id="config.E003",
        )


def _check_limits() -> Iterator[CheckMessage]:
    if settings.BATCH_BODY_LIMIT_BYTES < settings.BODY_LIMIT_BYTES:
        yield Error(
            "BATCH_BODY_LIMIT_BYTES is below BODY_LIMIT_BYTES.",
            hint="An event that may be posted alone would be too large for a batch.",
            id="config.E010",
        )


def _check_names() -> Iterator[CheckMessage]:
    for names, pattern in ((_TABLES, _TABLE_NAME), (_QUEUES, _QUEUE_NAME)):
        for name in names:
            if not pattern.fullmatch(getattr(settings, name)):
                yield Error(
                    f"{name} is no name that AWS takes.",
                    hint=f"It takes {pattern.pattern}.",
                    id="config.E004",
                )
        if len({getattr(settings, name) for name in names}) < len(names):
            yield Error(
                f"Two of {', '.join(names)} are the same.",
                hint="Each needs one of its own.",
                id="config.E005",
            )


def _check_dispatcher() -> Iterator[CheckMessage]:
    try:
        import_string(settings.EVENTS_DISPATCHER)
    except ImportError as error:
        yield Error(
            f"EVENTS_DISPATCHER names what cannot be imported: {error}",
            hint="It is the dotted path of a class that sends events to the queue.",
            id="config.E006",
        )


def _check_exposure() -> Iterator[CheckMessage]:
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS names no hosts.",
            hint="Name those by which clients reach the platform: ALLOWED_HOSTS=events.example.com",
            id="config.E007",
        )
    if settings.SECURE_SSL_REDIRECT and not settings.TRUSTED_PROXIES:
        yield Error(
            "TRUSTED_PROXIES is empty, so nobody's word is taken that a request came by HTTPS.",
            hint="Name the load balancer's network: TRUSTED_PROXIES=10.0.0.0/16",
            id="config.E008",
        )
    if not settings.API_KEYS_REQUIRED:
        yield Error(
            "API_KEYS is not required: everybody could do everything.",
            hint="Leave API_KEYS unset in production.",
            id="config.E009",
        )


def _check_leftovers() -> Iterator[CheckMessage]:
    if settings.DEMO_HANDLERS:
        yield Caution(
            "DEMO_HANDLERS is on in production.",
            hint="Whoever may post events can keep workers busy with demo.slow.",
            id="config.W001",
        )
    if settings.DATABASES["default"].get("ENGINE", "").endswith("sqlite3"):
        yield Caution(
            "DATABASE_URL is a file of SQLite in production.",
            hint="Each host would have staff, keys and event types of its own; take PostgreSQL.",
            id="config.W002",
        )
    if not settings.SECURE_SSL_REDIRECT:
        yield Caution(
            "HTTPS_ONLY is off in production.",
            hint="API keys and passwords travel in the open, unless something else refuses HTTP.",
            id="config.W003",
        )
