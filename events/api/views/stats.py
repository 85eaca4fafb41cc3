"""How much there is of what."""

from datetime import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from events import queries
from events.api.pauses import may_see
from events.api.representations import show_time
from events.api.views.view import View


class StatsView(View):
    """``GET /stats``: of the caller's tenant; for staff keys also what belongs to no tenant."""

    def get(self, request: Request) -> Response:  # noqa: ARG002  # Django's signature
        stats = queries.get_stats(tenant=self.caller.tenant)
        stats["totals"] = self._permitted(stats["totals"])
        stats["paused"] = self._paused()
        if self.caller.is_staff:
            stats |= queries.get_platform_stats()
        return Response(_show(stats))

    def _paused(self) -> list[str]:
        """Name what waits of what the caller may see, as this process knows it."""
        return [str(each) for each in queries.list_known_pauses() if may_see(self.caller, each)]

    def _permitted(self, totals: dict[str, Any]) -> dict[str, Any]:
        """Leave out types that the key may not use; the sums stay those of the whole tenant."""
        every = totals["by_type"]
        by_type = {name: counts for name, counts in every.items() if self.caller.may_use(name)}
        return {**totals, "by_type_is_complete": by_type == every, "by_type": by_type}


def _show(value: Any) -> Any:  # whatever JSON is made of, and times
    if isinstance(value, datetime):
        return show_time(value)
    if isinstance(value, dict):
        return {name: _show(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_show(each) for each in value]
    return value
