"""One-time codes at the admin's door."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/?next=/admin/password_change/"


@pytest.fixture
def user() -> User:
    return User.objects.create_superuser("ada", password="secret")


def sign_in(code: str = "") -> int:
    form = {"username": "ada", "password": "secret", "otp_token": code}
    return Client().post(LOGIN, form).status_code


def test_it_wants_the_code_of_whoever_has_a_device(user: User) -> None:
    device = TOTPDevice.objects.create(user=user, name="phone")
    code = f"{totp(device.bin_key):06}"

    assert sign_in() == 200
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert sign_in(code) == 302
    assert sign_in(code) == 200


def test_it_lets_the_others_in_unless_all_must_have_one(user: User, settings: Settings) -> None:  # noqa: ARG001  # made for it
    assert sign_in() == 302
    settings.STAFF_MUST_USE_TOTP = True
    assert sign_in() == 200


def test_a_session_of_before_is_not_enough(user: User, settings: Settings) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    settings.STAFF_MUST_USE_TOTP = True

    assert client.get("/admin/password_change/").status_code == 302
