"""Staff with and without permissions, and a store for them to look at."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import Settings

from tests.fakes import FakeDispatcher


@pytest.fixture(autouse=True)
def static_folder(settings: Settings, tmp_path: Path) -> None:
    # WhiteNoise warns of a folder that is missing, as it is before collectstatic.
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def _place(store: None, dispatcher: FakeDispatcher, db: None) -> None:  # all of it
    """Make store, queue and SQL."""


def sign_in(name: str, *permissions: str) -> Client:
    """Sign in as somebody with these permissions on events, and no others."""
    user = User.objects.create_user(name, is_staff=True)
    codenames = [f"{each}_event" for each in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
