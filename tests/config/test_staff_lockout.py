"""Who waits after wrong passwords, and who does not."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/?next=/admin/password_change/"
TOO_MANY = 429


@pytest.fixture(autouse=True)
def _two_failures(settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    User.objects.create_superuser("ada", password="secret")


def sign_in(name: str = "ada", *, is_right: bool = False, address: str = "10.0.0.1") -> int:
    form = {"username": name, "password": "secret" if is_right else "wrong"}
    return Client(REMOTE_ADDR=address).post(LOGIN, form).status_code


def test_a_name_waits_at_the_address_of_its_wrong_passwords_only() -> None:
    assert [sign_in() for _ in range(2)] == [200, TOO_MANY]
    assert sign_in(is_right=True) == TOO_MANY
    assert sign_in(is_right=True, address="10.0.0.2") == 302


def test_it_says_who_waits_and_how_long() -> None:
    form = {"username": "ada", "password": "wrong"}
    pages = [Client().post(LOGIN, form).content.decode() for _ in range(2)]

    assert "waits 15 min from the last of them" in pages[-1]


def test_a_name_waits_after_ten_times_as_many_from_anywhere() -> None:
    answers = [sign_in(address=f"10.0.1.{i}") for i in range(20)]

    assert answers == [200] * 19 + [TOO_MANY]
    assert sign_in(is_right=True, address="10.0.0.2") == TOO_MANY


def test_an_address_waits_after_ten_times_as_many_for_any_name() -> None:
    answers = [sign_in(name=f"user-{i}") for i in range(20)]

    assert answers == [200] * 19 + [TOO_MANY]
    assert sign_in(is_right=True) == TOO_MANY
    assert sign_in(is_right=True, address="10.0.0.2") == 302


def test_a_good_password_clears_nobody_elses_wrong_ones() -> None:
    for i in range(19):
        sign_in(name=f"user-{i}")

    assert sign_in(is_right=True) == 302
    assert sign_in(name="user-19") == TOO_MANY
