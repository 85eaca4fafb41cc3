import json
import os
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from events.api_key import digest_of, is_well_formed
from events.models import APIKey
from tests.fakes import FrozenClock

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    """Run the command and return what it said on both its outputs."""
    output, errors = StringIO(), StringIO()
    call_command("api_key", *arguments, stdout=output, stderr=errors)
    return output.getvalue(), errors.getvalue()


def run_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json")[0])


def create(*arguments: str) -> Any:
    return run_json("create", "Shop", "--tenant", "acme", *arguments)


def test_it_prints_the_key_and_nothing_else_to_the_output() -> None:
    output, errors = run("create", "Shop", "--tenant", "acme")

    assert is_well_formed(output.removesuffix("\n"))
    assert "is not stored and cannot be shown again" in errors


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--burst", "9"), "Its limit: none"),
        (("--rate", "5"), "Its limit: 5/s, 10 at once"),
    ],
)
def test_it_tells_the_limit_of_a_new_key(arguments: tuple[str, ...], sentence: str) -> None:
    _, errors = run("create", "Shop", "--tenant", "acme", *arguments)

    assert sentence in errors


def test_it_makes_what_was_asked_for() -> None:
    made = create(
        "--scope", "events:read", "--event-type", "order.*", "--rate", "5", "--burst", "9"
    )

    key = APIKey.objects.get()
    assert bytes(key.digest) == digest_of(made["api_key"])
    assert (key.scopes, key.event_types) == (["events:read"], ["order.*"])
    assert (key.rate_per_second, key.burst) == (5, 9)


def test_it_lets_a_key_end_after_a_time(frozen_clock: FrozenClock) -> None:
    create("--expires", "90d")

    assert APIKey.objects.get().expires_at == frozen_clock.now() + timedelta(days=90)


def test_it_writes_and_reads_unless_told_otherwise() -> None:
    assert create()["scopes"] == ["events:write", "events:read"]


def test_it_lists_keys_that_are_in_force() -> None:
    kept, ended = create(), create()
    run("revoke", ended["key_id"])

    output, _ = run("list")
    assert kept["key_id"] in output
    assert ended["key_id"] not in output
    assert [key["state"] for key in run_json("list", "--all")] == ["revoked", "in force"]


def test_it_lists_the_keys_of_a_tenant() -> None:
    create()

    assert run_json("list", "--tenant", "globex") == []
    assert "There are none" in run("list", "--tenant", "globex")[1]


def test_it_shows_no_key_in_the_list() -> None:
    text = create()["api_key"]

    assert text not in run("list")[0] + run("list", "--json")[0]


def test_it_rotates_with_an_overlap(frozen_clock: FrozenClock) -> None:
    old = create("--scope", "staff", "--rate", "5")
    new = run_json("rotate", old["key_id"], "--overlap", "2h")

    ends_at = APIKey.objects.get(key_id=old["key_id"]).expires_at
    assert ends_at == frozen_clock.now() + timedelta(hours=2)
    assert (new["scopes"], new["rate_per_second"]) == (["staff"], 5)
    assert new["api_key"] != old["api_key"]


def test_it_never_lengthens_a_life_by_rotating(frozen_clock: FrozenClock) -> None:
    old = create("--expires", "1h")
    run("rotate", old["key_id"], "--overlap", "7d")

    ends_at = APIKey.objects.get(key_id=old["key_id"]).expires_at
    assert ends_at == frozen_clock.now() + timedelta(hours=1)


def test_it_knows_a_key_by_all_of_its_text() -> None:
    made = create()
    run("revoke", made["api_key"])

    assert APIKey.objects.get().state == "revoked"


def test_it_revokes_once(frozen_clock: FrozenClock) -> None:
    key_id = create()["key_id"]
    first = run_json("revoke", key_id)["revoked_at"]
    frozen_clock.advance(hours=1)

    assert run_json("revoke", key_id)["revoked_at"] == first


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("revoke", "evp_nothing0"), "There is no API key evp_nothing0"),
        (("rotate", "evp_nothing0"), "api_key list shows which there are"),
        (("create", "Shop", "--tenant", "Acme Inc."), "A tenant is up to 64 of a-z"),
        (("create", "Shop", "--tenant", "a", "--event-type", "*.x"), "order.created or order.*"),
        (("create", "Shop", "--tenant", "a", "--expires", "soon"), "a duration is 30s, 15m"),
        (("create", "Shop", "--tenant", "a", "--expires", "0d"), "leave --expires out"),
        (("create", "Shop", "--tenant", "a", "--expires", "-1d"), "expected one argument"),
        (("rotate", "evp_ab12cd34", "--expires", "0s"), "leave --expires out"),
        (("create", "Shop", "--tenant", "a", "--rate", "-1"), "A rate is 0 to 1000000"),
        (("create", "Shop", "--tenant", "a", "--rate", "1e-308"), "one event a day"),
        (("create", "Shop", "--tenant", "a", "--rate", "nan"), "A rate is 0 to 1000000"),
        (("create", "", "--tenant", "a"), "name: This field cannot be blank"),
    ],
)
def test_it_says_what_is_wrong(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence.replace("*", r"\*")):
        run(*arguments)


def test_it_refuses_to_rotate_what_has_ended() -> None:
    key_id = create()["key_id"]
    run("revoke", key_id)

    with pytest.raises(CommandError, match="revoked or expired; make a new key instead"):
        run("rotate", key_id)


def test_it_never_makes_a_temporary_key_permanent_by_rotating(frozen_clock: FrozenClock) -> None:
    old = create("--expires", "30d")
    new = run_json("rotate", old["key_id"])

    assert new["expires_at"] == (frozen_clock.now() + timedelta(days=30)).isoformat()


def test_it_rotates_to_another_end_if_it_should(frozen_clock: FrozenClock) -> None:
    old = create("--expires", "30d")
    output = run("rotate", old["key_id"], "--expires", "90d")

    new = APIKey.objects.exclude(key_id=old["key_id"]).get()
    assert new.expires_at == frozen_clock.now() + timedelta(days=90)
    assert f"It ends at {new.expires_at:%Y-%m-%d %H:%M} UTC." in output[1]


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_it_runs_as_a_user_without_a_name(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def raise_nameless() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", raise_nameless)

    assert create()["created_by"] == f"manage.py (uid {os.getuid()})"


def test_it_takes_a_limit_of_one_event_a_day() -> None:
    assert create("--rate", "0.000012")["rate_per_second"] == 0.000012
