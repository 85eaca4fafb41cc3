"""From a CloudEvent to the event that is stored."""

import orjson

from events.api.cloudevents.model import CloudEventInput
from events.api.errors import Problem, invalid_fields
from events.api.models import validate
from events.event import NewEvent
from events.strict_json import Document

# Attributes are read with every look at the event, unlike a large payload.
ATTRIBUTES_LIMIT_BYTES = 4_096
# No attribute has the name of this member: it says how the payload holds the data.
DATA = "data"
ABSENT, BASE64 = "absent", "base64"

# What an event holds as its own, and what every CloudEvent says.
_MAPPED = {"specversion", "type", "source", "subject", "data", "data_base64"}


def read_cloudevent(document: Document, *, idempotency_key: str | None = None) -> NewEvent:
    """Check a CloudEvent, or raise the problem that names every fault of it.

    The source and the id together are its idempotency key, unless another one is given.
    """
    cloudevent = validate(CloudEventInput, document.value)
    if cloudevent.data_base64 is not None and "data" in document.texts:
        raise _fault("/data_base64", "contradiction", "An event has data or data_base64, not both.")
    payload_json, form = _payload(document)
    return NewEvent(
        event_type=cloudevent.type,
        payload_json=payload_json,
        source=cloudevent.source,
        subject=cloudevent.subject,
        idempotency_key=idempotency_key or _key(cloudevent.source, cloudevent.id),
        cloudevent_json=_attributes(document, form),
    )


def _payload(document: Document) -> tuple[str, str | None]:
    """Return the payload, and how it holds the data if it is not just that."""
    if document.value.get("data_base64") is not None:
        return f'{{"data_base64":{document.texts["data_base64"]}}}', BASE64
    data = document.texts.get("data")
    return ("null", ABSENT) if data is None else (data, None)


def _attributes(document: Document, form: str | None) -> str:
    """Keep the attributes' own texts; one that is null is absent, says the specification."""
    kept = {
        name: text
        for name, text in document.texts.items()
        if name not in _MAPPED and document.value[name] is not None
    }
    if form is not None:
        kept[DATA] = f'"{form}"'
    attributes = ",".join(f"{orjson.dumps(name).decode()}:{text}" for name, text in kept.items())
    if len(attributes.encode()) > ATTRIBUTES_LIMIT_BYTES:
        sentence = f"Its attributes must have at most {ATTRIBUTES_LIMIT_BYTES} bytes in all."
        raise _fault("", "too_long", sentence)
    return f"{{{attributes}}}"


def _key(source: str, cloudevent_id: str) -> str:
    # A client's own key is printable ASCII, so none can equal this; the length parts the two.
    return f"cloudevent\n{len(source)}\n{source}{cloudevent_id}"


def _fault(pointer: str, code: str, message: str) -> Problem:
    return invalid_fields([{"pointer": pointer, "code": code, "message": message}])
