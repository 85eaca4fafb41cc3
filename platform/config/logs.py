"""Logs: one line per fact, readable locally, JSON in production; never a payload.

Python's logging and structlog's loggers end in the same handler, so that gunicorn, Celery and
Django look like the platform's own lines and carry the same context.
"""

import json
import logging
import logging.config
from collections.abc import Sequence
from typing import Any

import orjson
import structlog
from structlog.dev import Column, ConsoleRenderer, KeyValueColumnFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from events.redaction import REDACTED, is_secret, redact

# Libraries say at these levels what an operator can use; below is noise, or data of others.
_LIBRARY_LEVELS = {
    "asyncio": "WARNING",
    # Each sign-in that succeeds is four lines; staff's history has it.
    "axes": "WARNING",
    # At DEBUG botocore and boto3 log whole requests, payloads and signatures included.
    "boto3": "WARNING",
    "botocore": "WARNING",
    # Below are its tracebacks of what the platform tells in a line.
    "celery.app.trace": "ERROR",
    # It names an address that the transport does not use.
    "celery.worker.consumer.connection": "WARNING",
    # The platform says what became of a message, with the event's id.
    "celery.worker.strategy": "WARNING",
    # The API logs its own failures, with the request's id.
    "django.request": "ERROR",
    "django.server": "WARNING",
    # Who starts and stops it knows; what it does by itself, it says louder.
    "gunicorn.error": "WARNING",
    "kombu": "WARNING",
    # A collector that is away is told of once per batch, not at each try.
    "opentelemetry.exporter": "ERROR",
    "pynamodb": "WARNING",
    "urllib3": "WARNING",
}


def configure(config: dict[str, Any]) -> None:
    """Set up all logging; ``config`` is ``settings.LOGGING``.

    ``settings.LOGGING_CONFIG`` names this function, so Django calls it once per process.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(config["process"]),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # No line says which thread, process or place in the code:
    # https://docs.python.org/3/howto/logging.html#optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001  # as that page says
    logging.config.dictConfig(_logging(config))
    logging.captureWarnings(capture=True)


def _logging(config: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared_processors(config["process"]),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # As text: structured tracebacks would carry local variables, payloads too.
                    structlog.processors.format_exc_info,
                    _redaction(config.get("redacted_fields", ())),
                    *_renderers(config),
                ],
            }
        },
        "handlers": {
            "stream": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"level": config["level"], "handlers": ["stream"]},
        "loggers": {name: {"level": level} for name, level in _LIBRARY_LEVELS.items()},
    }


def _shared_processors(process: str) -> list[Processor]:
    def add_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        add_process,
        structlog.processors.StackInfoRenderer(),
    ]


def _renderers(config: dict[str, Any]) -> list[Processor]:
    def add_version(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["version"] = config["version"]
        return event

    if config["format"] == "json":
        return [
            add_version,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
            structlog.processors.JSONRenderer(_to_json),
        ]
    return [
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f", utc=False, key="timestamp"),
        _keep_one_line,
        _console(is_colored=config.get("is_colored", False)),
    ]


def _to_json(event: EventDict, **_: object) -> str:
    try:
        return orjson.dumps(event, default=str).decode()
    except TypeError:
        # Integers above 64 bits, halves of surrogate pairs: the slower one knows what to do.
        return json.dumps(event, default=str)


def _redaction(names: Sequence[str]) -> Processor:
    def blank(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        for name, value in event.items():
            if name != "event" and is_secret(name, names):
                event[name] = REDACTED
            elif isinstance(value, str):
                event[name] = redact(value, names)
        return event

    return blank


def _keep_one_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    # What a client sent may be in a message; it must not look like a line of its own.
    event["event"] = str(event["event"]).replace("\r", "\\r").replace("\n", "\\n")
    return event


def _console(*, is_colored: bool) -> ConsoleRenderer:
    def column(key: str, width: int, style: str = "") -> Column:
        reset = "\x1b[0m" if is_colored else ""
        return Column(
            key,
            KeyValueColumnFormatter(
                key_style=None,
                value_style=style if is_colored else "",
                reset_style=reset,
                value_repr=str,
                width=width,
            ),
        )

    rest = KeyValueColumnFormatter(key_style="", value_style="", reset_style="", value_repr=_show)
    return ConsoleRenderer(
        columns=[
            column("timestamp", 15, "\x1b[2m"),
            column("process", 8, "\x1b[36m"),
            column("level", 8, "\x1b[1m"),
            column("event", 24),
            Column("logger", _nothing),
            Column("", rest),
        ],
        exception_formatter=structlog.dev.plain_traceback,
    )


def _nothing(key: str, value: object) -> str:  # noqa: ARG001  # structlog's signature
    return ""


def _show(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text else repr(text)
