"""When signing in has to wait: django-axes, with more patience for many names or addresses."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.db.models import QuerySet, Sum
from django.http import HttpRequest

# Many people may share an address, and anybody may type a name.
_PATIENCE = 10


class StaffLockout(AxesDatabaseHandler):  # type: ignore[misc]  # it has no stubs
    """Counts wrong passwords for a name from an address; less so those of either alone.

    The order is that of ``settings.AXES_LOCKOUT_PARAMETERS``.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        of_both, of_name, of_address = self.get_user_attempts(request, credentials)
        alone = max(_count(of_name), _count(of_address))
        return max(_count(of_both), alone // _PATIENCE)

    def reset_user_attempts(
        self, request: HttpRequest, credentials: dict[str, Any] | None = None
    ) -> int:
        """Forget those of the name from this address only: one good password clears nobody else."""
        of_both, *_ = self.filter_user_attempts(request, credentials)
        count, _ = of_both.delete()
        return int(count)


def _count(attempts: "QuerySet[Any]") -> int:
    return int(attempts.aggregate(count=Sum("failures_since_start"))["count"] or 0)
