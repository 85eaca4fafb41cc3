"""One-time codes at the admin's door."""

from base64 import b32encode

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/?next=/admin/password_change/"
CODES = "/admin/one-time-code/"


def client_of(user: User) -> Client:
    """Return a client in a session that began without a code."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def code_of(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key):06}"


@pytest.fixture
def user() -> User:
    return User.objects.create_superuser("ada", password="secret")


def sign_in(code: str = "") -> int:
    form = {"username": "ada", "password": "secret", "otp_token": code}
    return Client().post(LOGIN, form).status_code


def test_it_wants_the_code_of_whoever_has_a_device(user: User) -> None:
    device = TOTPDevice.objects.create(user=user, name="phone")
    code = code_of(device)

    assert sign_in() == 200
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert sign_in(code) == 302
    assert sign_in(code) == 200


def test_it_lets_the_others_in_unless_all_must_have_one(user: User, settings: Settings) -> None:
    client = client_of(user)

    assert client.get("/admin/password_change/").status_code == 200
    settings.STAFF_MUST_USE_TOTP = True
    assert client.get("/admin/password_change/", follow=True).redirect_chain[-1][0] == CODES


def test_they_set_codes_up_and_are_in(user: User, settings: Settings) -> None:
    settings.STAFF_MUST_USE_TOTP = True
    client = client_of(user)
    shown = client.get(CODES)
    device = TOTPDevice.objects.get(user=user)
    wrong = client.post(CODES, {"token": "1"})
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)

    assert b32encode(device.bin_key).decode() in shown.content.decode().replace(" ", "")
    assert "no-store" in shown["Cache-Control"]
    assert "not the code of this moment" in wrong.content.decode()
    assert client.post(CODES, {"token": code_of(device)}).status_code == 302
    assert client.get("/admin/password_change/").status_code == 200
    assert LogEntry.objects.get().change_message == "Set up one-time codes."


def test_new_codes_replace_the_old_for_whoever_came_in_with_one(user: User) -> None:
    old = TOTPDevice.objects.create(user=user, name="phone")
    unverified, client = client_of(user), Client()
    form = {"username": "ada", "password": "secret", "otp_token": code_of(old)}
    client.post(LOGIN, form)

    assert unverified.get(CODES)["Location"].startswith("/admin/login/")
    assert client.get(CODES).status_code == 200
    new = TOTPDevice.objects.get(user=user, confirmed=False)
    client.post(CODES, {"token": code_of(new)})
    assert TOTPDevice.objects.get() == new


def test_strangers_and_clients_set_up_nothing() -> None:
    nobody = User.objects.create_user("nobody")

    for client in (Client(), client_of(nobody)):
        assert client.get(CODES)["Location"].startswith("/admin/login/")
    assert not TOTPDevice.objects.exists()


def test_a_session_of_before_is_not_enough(user: User, settings: Settings) -> None:
    TOTPDevice.objects.create(user=user, name="phone")
    client = client_of(user)
    settings.STAFF_MUST_USE_TOTP = True

    assert (
        client.get("/admin/password_change/", follow=True)
        .redirect_chain[-1][0]
        .startswith("/admin/login/")
    )
