"""The WSGI application over a domain in memory, for tests of the real server."""

from config.wsgi import application
from events import queries, services
from events.errors import StoreUnavailable
from events.event import Acceptance
from tests.events.api.fakes import FakeDomain

__all__ = ["application"]

_domain = FakeDomain()


def _accept_event(**fields: object) -> Acceptance:
    if fields["event_type"] == "store.away":
        raise StoreUnavailable
    return _domain.accept_event(**fields)


services.accept_event = _accept_event
queries.check_dependencies = _domain.check_dependencies
queries.find_event_type = _domain.event_types.get
