"""A botocore client some of whose operations go without the layers that make it slow."""

from events.direct_client.client import DirectClient, on_call, watch_calls

__all__ = ["DirectClient", "on_call", "watch_calls"]
