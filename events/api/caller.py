"""Who asks: the tenant that a request speaks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_TENANT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who a request comes from, and what it may do."""

    tenant: str


_ANYBODY = Caller(tenant=DEFAULT_TENANT)


def identify(environ: Mapping[str, Any]) -> Caller:  # noqa: ARG001  # keys come with their issue
    """Tell who asks from the request's headers."""
    return _ANYBODY
