"""Pausing and resuming event types and tenants."""

from http import HTTPStatus
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from events import queries, services
from events.api.caller import Caller
from events.api.pauses import PauseInput, ResumptionInput, may_see, read_pause, show_pause
from events.api.views.view import View
from events.api_key import Scope
from events.errors import PauseNotFound
from events.pause import Pause


class PausesView(View):
    """``GET /pauses`` and ``POST /pauses``."""

    scopes: ClassVar = {"GET": Scope.PAUSE, "HEAD": Scope.PAUSE, "POST": Scope.PAUSE}

    def get(self, request: Request) -> Response:  # noqa: ARG002  # Django's signature
        pauses = [each for each in queries.list_pauses() if may_see(self.caller, each)]
        return Response({"pauses": [_show(self.caller, each) for each in pauses]})

    def post(self, request: Request) -> Response:
        asked = read_pause(request, PauseInput)
        if asked.all_tenants:
            self.caller.require(Scope.STAFF)
        if asked.event_type is not None:
            self.caller.check_event_type(asked.event_type)
        elif self.caller.event_types:
            # All types are more than it may use.
            self.caller.check_event_type("*")
        pause = services.pause_events(
            tenant=None if asked.all_tenants else self.caller.tenant,
            event_type=asked.event_type,
            reason=asked.reason,
            actor=self.caller.actor,
        )
        headers = {"Location": f"/pauses/{pause.pause_id}"}
        return Response(_show(self.caller, pause), HTTPStatus.ACCEPTED, headers=headers)


class PauseView(View):
    """``GET /pauses/{pause_id}``."""

    scopes: ClassVar = {"GET": Scope.PAUSE, "HEAD": Scope.PAUSE}

    def get(self, request: Request, pause_id: str) -> Response:  # noqa: ARG002  # Django's signature
        pause = queries.get_pause(pause_id)
        if not may_see(self.caller, pause):
            raise PauseNotFound(f"There is no pause {pause_id}.")
        return Response(_show(self.caller, pause))


class ResumePauseView(View):
    """``POST /pauses/{pause_id}/resume``."""

    scopes: ClassVar = {"POST": Scope.PAUSE}

    def post(self, request: Request, pause_id: str) -> Response:
        asked = read_pause(request, ResumptionInput)
        pause = services.resume_events(
            pause_id,
            rate=asked.rate,
            actor=self.caller.actor,
            may_change=lambda each: _may_change(self.caller, each),
        )
        return Response(_show(self.caller, pause), HTTPStatus.ACCEPTED)


def _show(caller: Caller, pause: Pause) -> dict[str, object]:
    # Of a pause of all tenants, a tenant is not told how much the others have waiting.
    return show_pause(pause, with_waiting=_may_change(caller, pause))


def _may_change(caller: Caller, pause: Pause) -> bool:
    """Say whether all that a pause holds back is the key's own business."""
    is_own = pause.tenant == caller.tenant or caller.is_staff
    types = caller.event_types
    return is_own and (
        not types or (pause.event_type is not None and caller.may_use(pause.event_type))
    )
