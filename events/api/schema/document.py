"""The OpenAPI document, built once per process when somebody first asks for it."""

from functools import cache
from threading import Lock
from typing import Any

import orjson
from django.conf import settings

_DESCRIPTION = """
Clients post events; the platform stores each one durably, processes it in the background,
retries what fails and sets aside what cannot succeed.

Every failure is an [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem document with a
stable `code`; faults of an event are listed with a JSON pointer each.
Times are RFC 3339 in UTC with microseconds.
Answers are JSON whatever `Accept` says, except where an address says otherwise.
A slash at the end of an address is forgiven; `HEAD` and `OPTIONS` are answered everywhere.
`X-Request-ID` (up to 128 of `A-Z a-z 0-9 . _ -`) is taken from the request, or made, and answered.
"""
_SETTINGS: dict[str, Any] = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Event platform",
    "DESCRIPTION": _DESCRIPTION.strip(),
    "VERSION": "1",
    "SERVERS": [{"url": "/"}],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "apiKey": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key: `Authorization: Bearer evp_...`",
            }
        }
    },
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": [
        "events.api.schema.sharing.share_problems",
        "events.api.schema.unreadable.add_unreadable",
    ],
}

# The generator looks for its extensions as it goes, and not for two threads at once.
_lock = Lock()


@cache
def build() -> dict[str, Any]:
    with _lock:
        # Imported here: neither a worker's start nor the first event pays for the generator.
        from drf_spectacular.settings import patched_settings  # noqa: PLC0415

        from events.api.schema.inspector import Generator  # noqa: PLC0415

        with patched_settings(_SETTINGS | {"SECURITY": _security()}):
            generator = Generator(urlconf="events.api.urls")  # type: ignore[no-untyped-call]
            document: dict[str, Any] = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
    return document


@cache
def as_json() -> bytes:
    return orjson.dumps(build(), option=orjson.OPT_INDENT_2)


@cache
def as_yaml() -> bytes:
    from events.api.schema.yaml import dump  # noqa: PLC0415  # as above

    return dump(orjson.loads(as_json()))


def _security() -> list[dict[str, list[str]]]:
    with_key: dict[str, list[str]] = {"apiKey": []}
    return [with_key] if settings.API_KEYS_REQUIRED else [with_key, {}]
