"""What is refused before any view sees it: unknown hosts, and secrets sent in the open."""

from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host

from events.api.errors import Problem, render
from events.api.host import is_asked_from_inside

# Load balancers and Prometheus ask by plain HTTP, with an address for a host name.
FOR_MACHINES = ("/health", "/metrics")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_ALLOWED = ", ".join(_SAFE_METHODS)


class Gate:
    """Refuses what no address here takes; Django's SecurityMiddleware redirects the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(FOR_MACHINES):
            problem = _find_problem(request)
            if problem is not None:
                return render(problem, request)
        return self._get_response(request)


def inside_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hide an address from whoever asks from outside; it takes reading only."""

    def guarded(request: HttpRequest) -> HttpResponse:
        if not is_asked_from_inside(request.META):
            detail = "There is nothing at this address."
            return render(Problem(HTTPStatus.NOT_FOUND, "not_found", detail), request)
        if request.method not in _SAFE_METHODS:
            return render(_reading_only(), request)
        if request.method == "OPTIONS":
            return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Allow": _ALLOWED})
        return view(request)

    return guarded


def _reading_only() -> Problem:
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method_not_allowed",
        f"This address takes {_ALLOWED}.",
        headers={"Allow": _ALLOWED},
    )


def _find_problem(request: HttpRequest) -> Problem | None:
    host = request.META.get("HTTP_HOST", request.META["SERVER_NAME"])
    if not _is_ours(host, tuple(settings.ALLOWED_HOSTS)):
        return Problem(
            HTTPStatus.BAD_REQUEST,
            "unknown_host",
            "The Host header names none of this platform's hosts.",
        )
    is_in_the_open = settings.SECURE_SSL_REDIRECT and not request.is_secure()
    if is_in_the_open and request.method not in _SAFE_METHODS:
        # A client that follows a redirect turns POST into GET: the event would silently be lost.
        return Problem(
            HTTPStatus.FORBIDDEN,
            "https_required",
            "Send it by HTTPS; what this request carried has travelled in the open.",
            closes_connection=True,
        )
    return None


# Django's own way takes longer than the rest of the gate, and the hosts are few.
@lru_cache(maxsize=256)
def _is_ours(host: str, allowed_hosts: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed_hosts)
