"""What a pause is of, in words."""

from events.pause import Pause


def name_of(pause: Pause) -> str:
    """Say what a pause is of."""
    of_tenant = "of all tenants" if pause.tenant is None else f"of {pause.tenant}"
    return f"{pause.event_type or 'all types'} {of_tenant}"
