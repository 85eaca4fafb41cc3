"""CloudEvents 1.0 over HTTP: read in every mode, and shown again as they came.

An event keeps its CloudEvent's type, source, subject and data as its own; what else the CloudEvent
says is kept beside them as JSON.
"""

from events.api.cloudevents.binary import is_binary, read_binary
from events.api.cloudevents.model import CloudEventBatchInput, CloudEventInput
from events.api.cloudevents.reading import read_cloudevent
from events.api.cloudevents.showing import show_cloudevent

__all__ = [
    "CloudEventBatchInput",
    "CloudEventInput",
    "is_binary",
    "read_binary",
    "read_cloudevent",
    "show_cloudevent",
]
