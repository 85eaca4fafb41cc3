import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from events import clock, services
from events.api_key import digest_of, is_well_formed
from events.models import APIKey

pytestmark = pytest.mark.django_db

LIST = "admin:events_apikey_changelist"
ADD = "admin:events_apikey_add"
FIELDS = {"name": "Shop", "tenant": "acme", "scopes": ["events:write"], "event_types": "order.*"}
KEY = re.compile(r"evp_\w{8}_\w{49}")


@pytest.fixture(autouse=True)
def static_folder(settings: Settings, tmp_path: Path) -> None:
    # WhiteNoise warns of a folder that is missing, as it is before collectstatic.
    settings.STATIC_ROOT = tmp_path


def make_key(**fields: Any) -> APIKey:
    return services.create_api_key(**{"name": "Shop", "tenant": "acme", "actor": "tests"} | fields)[
        0
    ]


def act(client: Client, action: str, key: APIKey) -> Any:
    return client.post(reverse(LIST), {"action": action, "_selected_action": [key.pk]}, follow=True)


def open_page(client: Client, key: APIKey) -> str:
    """Open a key's page and return the revision that it was opened with."""
    page = client.get(reverse("admin:events_apikey_change", args=[key.pk]))
    return str(page.context["adminform"].form["revision"].value())


def post(client: Client, key: APIKey, revision: str, **fields: str) -> str:
    address = reverse("admin:events_apikey_change", args=[key.pk])
    fields = {"revision": revision, **fields}
    return client.post(address, FIELDS | fields, follow=True).content.decode()


def test_it_shows_the_key_once(admin_client: Client) -> None:
    answer = admin_client.post(reverse(ADD), FIELDS)
    (text,) = KEY.findall(answer.content.decode())
    later = admin_client.get(reverse(LIST)).content.decode()

    assert is_well_formed(text)
    assert "no-store" in answer["Cache-Control"]
    assert text not in later
    assert text not in str(answer.cookies)


def test_it_stores_what_was_filled_in(admin_client: Client) -> None:
    answer = admin_client.post(reverse(ADD), FIELDS)
    (text,) = KEY.findall(answer.content.decode())

    key = APIKey.objects.get()
    assert (key.tenant, key.scopes, key.event_types) == ("acme", ["events:write"], ["order.*"])
    assert (bytes(key.digest), key.created_by) == (digest_of(text), "admin")


def test_it_writes_who_made_it_and_not_the_key(admin_client: Client) -> None:
    answer = admin_client.post(reverse(ADD), FIELDS)
    (text,) = KEY.findall(answer.content.decode())

    entry = LogEntry.objects.get()
    assert entry.user.get_username() == "admin"
    assert text not in f"{entry.object_repr} {entry.change_message}"


def test_it_keeps_the_key_out_of_the_log(
    admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = admin_client.post(reverse(ADD), FIELDS)
    (text,) = KEY.findall(answer.content.decode())

    assert "api_key_created" in caplog.text
    assert text not in caplog.text


@pytest.mark.parametrize(
    ("field", "value"), [("tenant", "Acme Inc."), ("event_types", "order.*.x"), ("scopes", [])]
)
def test_it_names_what_is_wrong(admin_client: Client, field: str, value: Any) -> None:
    answer = admin_client.post(reverse(ADD), FIELDS | {field: value})

    assert field in answer.context["adminform"].form.errors
    assert not APIKey.objects.exists()


def test_it_changes_what_a_key_may(admin_client: Client) -> None:
    key = make_key()
    post(admin_client, key, open_page(admin_client, key), tenant="globex", event_types="a.b, c.*")

    key.refresh_from_db()
    assert (key.event_types, key.tenant) == (["a.b", "c.*"], "acme")


@pytest.mark.parametrize("state", ["revoked", "until"])
def test_it_undoes_nothing_from_a_stale_page(admin_client: Client, state: str) -> None:
    key = make_key()
    revision = open_page(admin_client, key)
    act(admin_client, "revoke" if state == "revoked" else "rotate", key)
    page = post(admin_client, key, revision, name="Stale")

    key.refresh_from_db()
    assert key.state.startswith(state)
    assert key.name == "Shop"
    assert "after you opened the page" in page


def test_it_looks_again_when_somebody_else_was_faster(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key()
    revision, update = open_page(admin_client, key), services.update_api_key

    def meet_another(*arguments: Any, **named: Any) -> APIKey:
        # As if somebody had changed it between the form's check and this; the form looks again.
        monkeypatch.setattr(services, "update_api_key", update)
        return update(*arguments, **named | {"revision": "another"})

    monkeypatch.setattr(services, "update_api_key", meet_another)
    post(admin_client, key, revision, name="Late")

    key.refresh_from_db()
    assert key.name == "Late"
    assert LogEntry.objects.count() == 1


def test_it_writes_only_what_was_changed(
    admin_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    key = make_key(scopes=["events:write"], event_types=["order.*"])
    post(admin_client, key, open_page(admin_client, key), name="Store")

    key.refresh_from_db()
    assert key.name == "Store"
    assert "'changed': ['name']" in caplog.text


def test_it_revokes(admin_client: Client) -> None:
    key = make_key()
    answer = act(admin_client, "revoke", key)

    key.refresh_from_db()
    assert key.state == "revoked"
    assert "Revoked: Shop" in answer.content.decode()
    assert LogEntry.objects.get().change_message == "Revoked."


def test_it_rotates(admin_client: Client) -> None:
    old = make_key(scopes=["events:read"], event_types=["order.*"])
    (text,) = KEY.findall(act(admin_client, "rotate", old).content.decode())

    old.refresh_from_db()
    new = APIKey.objects.get(digest=digest_of(text))
    assert (new.scopes, new.event_types) == (old.scopes, old.event_types)
    assert old.expires_at is not None
    assert old.expires_at - clock.now() <= timedelta(days=1)


def test_it_does_not_rotate_what_has_ended(admin_client: Client) -> None:
    key = make_key()
    services.revoke_api_key(key.key_id, actor="tests")
    answer = act(admin_client, "rotate", key)

    assert "make a new key instead" in answer.content.decode()
    assert APIKey.objects.count() == 1


def test_it_deletes_nothing(admin_client: Client) -> None:
    key = make_key()

    assert (
        admin_client.post(reverse("admin:events_apikey_delete", args=[key.pk])).status_code == 403
    )
    assert APIKey.objects.exists()


def sign_in(client: Client, *rights: str) -> None:
    """Sign in as staff with some rights to keys and no others."""
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(user)


def test_it_lets_who_may_only_look_change_nothing(client: Client) -> None:
    sign_in(client, "view_apikey")
    key = make_key()
    act(client, "revoke", key)

    key.refresh_from_db()
    assert key.state == "in force"
    assert client.get(reverse(ADD)).status_code == 403


@pytest.mark.parametrize("right", ["add_apikey", "change_apikey"])
def test_it_lets_nobody_rotate_with_half_of_the_right(client: Client, right: str) -> None:
    sign_in(client, "view_apikey", right)
    act(client, "rotate", make_key())

    assert APIKey.objects.count() == 1


def test_it_shows_nothing_to_who_has_no_right_to_keys(client: Client) -> None:
    sign_in(client)

    assert client.get(reverse(LIST)).status_code == 403
