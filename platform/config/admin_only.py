"""Middleware that the admin needs, and that nobody else pays for."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

_ADMIN = "/admin/"


class AdminOnly:
    """Wraps ``settings.ADMIN_MIDDLEWARE`` around the admin's addresses.

    Sessions, users, CSRF tokens and messages would take an API request a fifth of its CPU.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = self._answer_admin = get_response
        self._view_hooks: list[Callable[..., HttpResponse | None]] = []
        for path in reversed(settings.ADMIN_MIDDLEWARE):
            self._answer_admin = middleware = import_string(path)(self._answer_admin)
            if hasattr(middleware, "process_view"):
                self._view_hooks.insert(0, middleware.process_view)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._answer_admin if request.path_info.startswith(_ADMIN) else self._answer
        return answer(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Call the hooks that Django calls where it knows the middleware: CSRF is checked there."""
        if not request.path_info.startswith(_ADMIN):
            return None
        answers = (hook(request, *view) for hook in self._view_hooks)
        return next((answer for answer in answers if answer is not None), None)
