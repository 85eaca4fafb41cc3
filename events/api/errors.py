"""Every way a request can fail, as RFC 9457 problem documents."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.views import APIView

from events import errors, metrics
from events.strict_json import InvalidJSON

_logger = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
# More faults than this are counted, not listed: an answer must not outgrow its request.
FAULTS_SHOWN = 100


class Problem(Exception):
    """A request that fails; ``code`` is stable and meant for programs."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        closes_connection: bool = False,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        # Set where the rest of the body is not read: the next request's beginning is unknown.
        self.closes_connection = closes_connection
        self.members = members


def invalid_fields(
    faults: Sequence[Mapping[str, str]], *, noun: str = "event", code: str | None = None
) -> Problem:
    """Name every fault of a well-formed body at once."""
    count = len(faults)
    listed = f"; the first {FAULTS_SHOWN} are listed" if count > FAULTS_SHOWN else ""
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code or f"invalid_{noun}",
        f"The {noun} has {count} fault{'s' if count > 1 else ''}{listed}.",
        errors=faults[:FAULTS_SHOWN],
    )


_STATUS_OF_ERROR: dict[type[errors.EventError], HTTPStatus] = {
    errors.EventNotFound: HTTPStatus.NOT_FOUND,
    errors.EventIsOpen: HTTPStatus.CONFLICT,
    errors.PayloadErased: HTTPStatus.CONFLICT,
    errors.PayloadVersionNotFound: HTTPStatus.NOT_FOUND,
    errors.EmptyReplayFilter: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ReplayNotConfirmed: HTTPStatus.CONFLICT,
    errors.ReplayPlanOverlaps: HTTPStatus.CONFLICT,
    errors.ReplayPlanNotFound: HTTPStatus.NOT_FOUND,
    errors.ReplayPlanHasEnded: HTTPStatus.CONFLICT,
    errors.ErrorGroupNotFound: HTTPStatus.NOT_FOUND,
    errors.PausesEverything: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.TooManyPauses: HTTPStatus.CONFLICT,
    errors.PauseNotFound: HTTPStatus.NOT_FOUND,
    errors.IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnknownEventType: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.EventTypeNotFound: HTTPStatus.NOT_FOUND,
}
_RETRY_AFTER_SECONDS: dict[type[errors.EventError], int] = {errors.StoreThrottled: 2}
_RETRY_AFTER_SECONDS_OTHERWISE = 5


def problem_response(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Answer whatever a view raised; the one exception handler of the API."""
    view: APIView = context["view"]
    problem = translate(error, view)
    if problem is None:
        _logger.error("request_crashed", view=type(view).__name__, exc_info=error)
        problem = internal_error()
    return render(problem, context["request"]._request)  # noqa: SLF001  # Django's own request


def internal_error() -> Problem:
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal_error",
        "Something went wrong here; the log has it under this request_id.",
    )


def render(problem: Problem, request: HttpRequest) -> HttpResponse:
    document = show_problem(
        problem.status,
        problem.code,
        problem.detail,
        request_id=getattr(request, "request_id", None),
        members=problem.members,
    )
    metrics.API_PROBLEMS.labels(problem.code).inc()
    if problem.closes_connection:
        request.META["events.closes_connection"] = True
    response = HttpResponse(
        orjson.dumps(document), MEDIA_TYPE, problem.status, headers=problem.headers
    )
    # Django would log each answer from 400 up a second time, without the request's id.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def show_problem(
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    request_id: str | None,
    members: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        **members,
    }


def translate(error: Exception, view: APIView) -> Problem | None:  # noqa: PLR0911  # a table
    """Return the problem that an error is to a client; None for one that is our own doing."""
    match error:
        case Problem():
            return error
        case InvalidJSON():
            return Problem(
                HTTPStatus.BAD_REQUEST,
                error.code,
                error.message,
                line=error.line,
                column=error.column,
                pointer=error.pointer,
            )
        case errors.Retryable():
            return _try_again(error)
        case errors.SchemaViolation():
            return invalid_fields(error.faults, code=error.code)
        case errors.EventError() if type(error) in _STATUS_OF_ERROR:
            status = _STATUS_OF_ERROR[type(error)]
            return Problem(status, error.code, error.sentence, **error.members)
        case exceptions.MethodNotAllowed():
            allowed = ", ".join(view.allowed_methods)
            return Problem(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "method_not_allowed",
                f"This address takes {allowed}.",
                headers={"Allow": allowed},
            )
        case Http404():
            return Problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this address.")
    return None


def _try_again(error: errors.Retryable) -> Problem:
    seconds = _RETRY_AFTER_SECONDS.get(type(error), _RETRY_AFTER_SECONDS_OTHERWISE)
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        error.code,
        error.sentence,
        headers={"Retry-After": str(seconds)},
    )
