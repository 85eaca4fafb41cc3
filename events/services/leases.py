"""Leases: what only one process of the fleet does at a time."""

from events.store import leases


def acquire_lease(name: str, owner: str, seconds: float) -> bool:
    """Take or extend a lease; False while another owner's has not ended."""
    return leases.acquire(name, owner, seconds)


def release_lease(name: str, owner: str) -> None:
    """Give a lease back at once; somebody else's is left alone."""
    leases.release(name, owner)
