"""The network of a drill: each process has a link of its own to DynamoDB and one to SQS."""

from collections.abc import Iterator

from tests.faults import FaultProxy

DYNAMODB = "dynamodb"
SQS = "sqs"
API = "api"
_SERVICES = (DYNAMODB, SQS)


class Network:
    """Links that can be slowed, disturbed and cut one by one."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._links: dict[tuple[str, str], FaultProxy] = {}

    def settings_of(self, process: str) -> dict[str, str]:
        """Return the settings that lead a process over its own links."""
        for service in _SERVICES:
            if (process, service) not in self._links:
                self._links[process, service] = FaultProxy(self._upstream, kept_requests=0).start()
        sqs_url = self._links[process, SQS].url
        return {
            "AWS_ENDPOINT_URL": self._links[process, DYNAMODB].url,
            "AWS_ENDPOINT_URL_SQS": sqs_url,
            "QUEUE_URL_PREFIX": f"{sqs_url}/000000000000",
        }

    def links(self, processes: list[str], *services: str) -> Iterator[FaultProxy]:
        """Return the links of some processes, to all services unless some are named."""
        for process in processes:
            for service in services or _SERVICES:
                yield self._links[process, service]

    def mend(self) -> None:
        """Take back whatever was done to any link."""
        for link in self._links.values():
            link.clear()
            link.heal()

    def stop(self) -> None:
        for link in self._links.values():
            link.stop()
