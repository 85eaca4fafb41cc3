import json
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings

from config import logs

Lines = Callable[[], list[str]]
Documents = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    before = structlog.get_config()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # pytest takes warnings for itself, where logging believes that it has them already.
        logging.captureWarnings(capture=False)
        yield
    logs.configure(settings.LOGGING)
    # The very list of processors that loggers in use hold: capture_logs changes it in place.
    structlog.configure(**before)


def configure(line_format: str, level: str = "INFO") -> None:
    logs.configure({"level": level, "format": line_format, "process": "exporter", "version": "v1"})


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    def read() -> list[str]:
        return capsys.readouterr().err.splitlines()

    return read


@pytest.fixture
def documents(lines: Lines) -> Documents:
    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in lines()]

    return read


def test_it_writes_one_readable_line_per_fact(lines: Lines) -> None:
    configure("console")

    structlog.get_logger("events").info("event_accepted", event_type="a b", number=3)

    (line,) = lines()
    assert line.split()[1:] == [
        "exporter",
        "info",
        "event_accepted",
        "event_type='a",
        "b'",
        "number=3",
    ]


def test_it_keeps_what_others_say_on_one_line(lines: Lines) -> None:
    configure("console")

    logging.getLogger("other").warning("of %s", "two\nlines")
    structlog.get_logger("events").info("event_accepted", source="two\nlines")

    assert len(lines()) == 2


def test_it_writes_json_in_production(documents: Documents) -> None:
    configure("json")

    logging.getLogger("other").warning("of %s", "them")

    (document,) = documents()
    assert document.pop("timestamp").endswith("Z")
    assert document == {
        "event": "of them",
        "level": "warning",
        "logger": "other",
        "process": "exporter",
        "version": "v1",
    }


@pytest.mark.parametrize("name", ["structlog", "logging"])
def test_it_adds_the_context_to_every_line(documents: Documents, name: str) -> None:
    configure("json")
    logger = structlog.get_logger("ours") if name == "structlog" else logging.getLogger("theirs")

    with structlog.contextvars.bound_contextvars(request_id="r1", event_id="e1"):
        logger.info("said")

    (document,) = documents()
    assert (document["request_id"], document["event_id"]) == ("r1", "e1")


@pytest.mark.parametrize("line_format", ["console", "json"])
def test_it_shows_a_trace_without_local_values(lines: Lines, line_format: str) -> None:
    configure(line_format)
    payload = "secret"

    try:
        raise ValueError(len(payload))
    except ValueError:
        structlog.get_logger("events").exception("request_crashed")

    text = "\n".join(lines())
    assert "ValueError: 6" in text
    assert "'secret'" not in text


def test_it_takes_warnings_in(documents: Documents) -> None:
    configure("json")

    warnings.warn("careful", stacklevel=1)

    (document,) = documents()
    assert "careful" in document["event"]
    assert document["logger"] == "py.warnings"


@pytest.mark.parametrize("name", ["botocore.endpoint", "kombu.connection", "urllib3"])
def test_it_keeps_the_payloads_in_others_details_out(lines: Lines, name: str) -> None:
    configure("console", level="DEBUG")

    logging.getLogger(name).debug("body: secret")

    assert lines() == []


def test_it_leaves_out_what_is_below_its_level(lines: Lines) -> None:
    configure("console", level="WARNING")

    structlog.get_logger("events").info("event_accepted")

    assert lines() == []


@pytest.mark.parametrize("line_format", ["console", "json"])
def test_it_blanks_secrets(lines: Lines, line_format: str) -> None:
    logs.configure(
        {
            "level": "INFO",
            "format": line_format,
            "process": "api",
            "version": "v1",
            "redacted_fields": ["iban"],
        }
    )

    try:
        raise ValueError("IBAN: hunter2")
    except ValueError:
        logger = structlog.get_logger("events")
        logger.exception(
            "request_crashed", password="hunter2", iban="hunter2", url="a://b:hunter2@c"
        )
    logging.getLogger("other").warning("token=%s", "hunter2")

    text = "\n".join(lines())
    assert "hunter2" not in text
    assert "password=[redacted]" in text or '"password":"[redacted]"' in text


def test_it_bounds_what_one_line_has_to_be_searched_for(documents: Documents) -> None:
    configure("json")

    structlog.get_logger("events").warning("request_failed", reason="://a:" * 1_000_000)

    (document,) = documents()
    assert len(document["reason"]) <= 65_537
