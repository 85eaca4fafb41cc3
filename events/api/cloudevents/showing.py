"""Events as CloudEvents, in the JSON format."""

from typing import Any
from urllib.parse import quote

import orjson

from events.api.cloudevents.reading import ABSENT, BASE64, DATA
from events.api.representations import show_time
from events.event import Event

# What may stand in a URI reference as it is; a percent sign is taken for an escape already made.
_URI_CHARACTERS = "/:?#[]@!$&'()*+,;=~%-._"


def show_cloudevent(event: Event) -> bytes:
    """Write an event as the CloudEvent that it came as, or as the one that it makes."""
    attributes = _made_up(event) if event.cloudevent_json is None else _kept(event)
    form = attributes.pop(DATA, None)
    if event.is_erased:
        # There is no data any more, which is not to be taken for an event without.
        return orjson.dumps(attributes | {"erased": True})
    if event.payload_json is None or form == ABSENT:
        return orjson.dumps(attributes)
    if form == BASE64:
        return orjson.dumps(attributes | orjson.loads(event.payload_json))
    return orjson.dumps(attributes | {"data": orjson.Fragment(event.payload_json)})


def _kept(event: Event) -> dict[str, Any]:
    attributes = orjson.loads(event.cloudevent_json or "{}")
    return {
        "specversion": "1.0",
        "id": attributes.pop("id"),
        "source": event.source,
        "type": event.event_type,
        **({} if event.subject is None else {"subject": event.subject}),
        **attributes,
    }


def _made_up(event: Event) -> dict[str, Any]:
    source = event.source or f"/tenants/{event.tenant}"
    return {
        "specversion": "1.0",
        "id": event.event_id,
        "source": quote(source, safe=_URI_CHARACTERS),
        "type": event.event_type,
        **({} if event.subject is None else {"subject": event.subject}),
        "time": show_time(event.received_at),
        "datacontenttype": "application/json",
    }
