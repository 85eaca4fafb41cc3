"""What the server answers by itself, to what is no request: problem documents like all others."""

from http import HTTPStatus

import orjson
import structlog
from gunicorn.http import errors

from events import metrics, request_ids
from events.api.errors import MEDIA_TYPE, Problem, internal_error, show_problem

_logger = structlog.get_logger(__name__)

_PROBLEMS: dict[type[Exception], tuple[HTTPStatus, str, str]] = {
    errors.LimitRequestLine: (
        HTTPStatus.REQUEST_URI_TOO_LONG,
        "request_line_too_long",
        "The address is too long.",
    ),
    errors.LimitRequestHeaders: (
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "headers_too_large",
        "The headers are too large.",
    ),
    errors.ExpectationFailed: (
        HTTPStatus.EXPECTATION_FAILED,
        "expectation_failed",
        "Expect takes 100-continue only.",
    ),
    errors.UnsupportedTransferCoding: (
        HTTPStatus.NOT_IMPLEMENTED,
        "unsupported_transfer_coding",
        "Transfer-Encoding takes chunked only.",
    ),
}


def answer_unreadable(error: Exception) -> bytes:
    """Return a whole HTTP answer to a request that the server could not read, or crashed at."""
    request_id = request_ids.new()
    problem = _translate(error)
    if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
        _logger.error("request_crashed", request_id=request_id, exc_info=error)
    else:
        # Free to invent for anybody, so neither loud nor in the client's words.
        _logger.debug("request_unreadable", request_id=request_id, code=problem.code)
    metrics.API_PROBLEMS.labels(problem.code).inc()
    return _write(problem, request_id)


def _translate(error: Exception) -> Problem:
    if type(error) in _PROBLEMS:
        return Problem(*_PROBLEMS[type(error)])
    if isinstance(error, errors.ParseException):
        return Problem(
            HTTPStatus.BAD_REQUEST,
            "malformed_request",
            "This is not an HTTP request, or an ambiguous one.",
        )
    return internal_error()


def _write(problem: Problem, request_id: str) -> bytes:
    document = show_problem(
        problem.status, problem.code, problem.detail, request_id=request_id, members={}
    )
    body = orjson.dumps(document)
    lines = [
        f"HTTP/1.1 {problem.status.value} {problem.status.phrase}",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        f"X-Request-ID: {request_id}",
        "Connection: close",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body
