"""The gate between the platform and an AWS client, where an actor stops and faults happen."""

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tests.models import actors
from tests.models.actors import Fault
from tests.models.virtual_time import VirtualTime

_ADDRESS = "http://127.0.0.1"
_CALL_SECONDS = 0.001


class Gate:
    """Stands in for a client; ``is_away`` is an outage of the whole service."""

    def __init__(self, service: str, client: Any, time: VirtualTime) -> None:
        self.is_away = False
        self._service = service
        self._client = client
        self._time = time

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        act: Callable[..., Any] = getattr(self._client, operation)
        if operation == "get_queue_attributes":
            # kombu asks once per connection, and its connections outlive a world.
            return act

        def call(**arguments: Any) -> Any:
            return self._call(operation, partial(act, **arguments))

        return call

    def _call(self, operation: str, act: Callable[[], Any]) -> Any:
        fault = actors.stop(f"{self._service}.{operation}")
        self._time.sleep(_CALL_SECONDS)
        if self.is_away or fault is Fault.AWAY:
            raise EndpointConnectionError(endpoint_url=_ADDRESS)
        if fault is Fault.THROTTLED:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, operation)
        answer = act()
        if fault is Fault.VANISH_AFTER:
            actors.vanish()
        if fault is Fault.LOST:
            raise ReadTimeoutError(endpoint_url=_ADDRESS)
        return answer
