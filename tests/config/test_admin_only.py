"""The admin has its middleware, and nobody else pays for it."""

from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from django.test import Client

ADMIN = {"username": "admin", "password": "password"}


@pytest.fixture
def client(db: None) -> Client:  # noqa: ARG001  # it makes the database
    User.objects.create_superuser(**ADMIN)
    return Client(enforce_csrf_checks=True)


def sign_in(client: Client, token: str) -> int:
    form = {**ADMIN, "csrfmiddlewaretoken": token}
    return int(client.post("/admin/login/?next=/admin/", form).status_code)


@pytest.mark.usefixtures("dynamodb")
def test_it_lets_staff_sign_in_and_out(client: Client) -> None:
    client.get("/admin/login/")
    assert sign_in(client, client.cookies["csrftoken"].value) == HTTPStatus.FOUND
    assert client.get("/admin/").status_code == HTTPStatus.OK

    token = client.cookies["csrftoken"].value
    client.post("/admin/logout/", {"csrfmiddlewaretoken": token})
    assert client.get("/admin/").status_code == HTTPStatus.FOUND


def test_it_refuses_a_form_without_its_token(client: Client) -> None:
    assert sign_in(client, "") == HTTPStatus.FORBIDDEN


def test_it_refuses_to_be_framed(client: Client) -> None:
    assert client.get("/admin/login/").headers["X-Frame-Options"] == "DENY"


def test_it_gives_the_api_no_session(client: Client) -> None:
    request = client.get("/health").wsgi_request

    assert not hasattr(request, "session")


def test_it_allows_no_inline_script(client: Client) -> None:
    policy = client.get("/admin/login/").headers["Content-Security-Policy"]

    assert "script-src 'self';" in f"{policy};"
    assert "unsafe" not in policy


def test_it_locks_out_whoever_guesses(client: Client) -> None:
    client.get("/admin/login/")
    token = client.cookies["csrftoken"].value
    form = {"username": "admin", "password": "guess", "csrfmiddlewaretoken": token}
    statuses = [client.post("/admin/login/", form).status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 200, 429]
    assert sign_in(client, token) == HTTPStatus.TOO_MANY_REQUESTS
