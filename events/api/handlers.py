"""Django's own error pages: problem documents, except under the admin, where people look."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from events.api.errors import Problem, internal_error, render

_PEOPLE_LOOK_AT = ("/admin/", "/static/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_for_people(request):
        return defaults.bad_request(request, exception)
    return render(Problem(HTTPStatus.BAD_REQUEST, "bad_request", "The request is broken."), request)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_for_people(request):
        return defaults.permission_denied(request, exception)
    return render(Problem(HTTPStatus.FORBIDDEN, "forbidden", "This is not allowed."), request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_for_people(request):
        return defaults.page_not_found(request, exception)
    detail = "There is nothing at this address."
    return render(Problem(HTTPStatus.NOT_FOUND, "not_found", detail), request)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_for_people(request):
        return defaults.server_error(request)
    return render(internal_error(), request)


def _is_for_people(request: HttpRequest) -> bool:
    return request.path.startswith(_PEOPLE_LOOK_AT)
