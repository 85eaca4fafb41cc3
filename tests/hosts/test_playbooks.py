"""The other playbooks on hosts that boot: what is done to them day by day."""

import pytest

from tests.hosts.account import NAME, Account
from tests.hosts.client import Client, Load
from tests.hosts.conftest import Checkout, Site
from tests.hosts.instance import REGION
from tests.hosts.machines import Machine
from tests.processes import eventually

_LIMIT_SECONDS = 180.0


def test_it_finishes_what_was_cut_off(site: Site, client: Client, worker: Machine) -> None:
    started = "systemctl show platform-worker@1 --property=ExecMainStartTimestamp"
    before = worker.ssh(started)
    # As a play leaves it that ends between new settings and the restart.
    worker.ssh("touch /etc/platform/environment")

    played = site.play("site", "--limit", "worker-1", app_release=client.version())

    assert played.code == 0, played.output
    assert worker.ssh(started) != before


def test_it_shows_what_it_would_change(site: Site, client: Client) -> None:
    checked = site.play("site", "--check", "--diff", app_release=client.version())

    assert checked.code == 0, checked.output
    assert checked.changed == {"api-1": 0, "worker-1": 0}, checked.output


def test_it_keeps_settings_from_hosts_that_no_process_would_start_with(
    site: Site, client: Client, worker: Machine
) -> None:
    before = worker.ssh("cat /etc/platform/environment")

    played = site.play(
        "deploy", app_release=client.version(), app_environment={"WORKER_POOL": "fibers"}
    )

    assert played.code != 0
    assert "WORKER_POOL must be one of: threads, prefork" in played.output
    assert worker.ssh("cat /etc/platform/environment") == before


def test_it_goes_back_by_command(site: Site, client: Client, checkout: Checkout) -> None:
    before = client.version()
    assert site.play("deploy", app_release=checkout.build()).code == 0
    assert client.version() != before

    played = site.play("rollback")

    assert played.code == 0, played.output
    assert client.version() == before


def test_it_restarts_without_refusing_a_request(site: Site, client: Client) -> None:
    with Load(client) as load:
        played = site.play("restart")

    assert played.code == 0, played.output
    assert load.failures == []
    print(f"{len(load.event_ids)} posted, the slowest in {load.longest_seconds:.1f} s")


def test_it_renews_the_secret_key_and_takes_what_the_old_one_signed(
    site: Site, client: Client, account: Account, *, api: Machine
) -> None:
    told = {"platform_name": NAME, "aws_region": REGION}
    old_key = account.secret_key()
    old_page = client.page()

    checked = site.play("rotate_keys", "--check", "--diff", **told)

    assert checked.code == 0, checked.output
    assert checked.changed["api-1"] == checked.changed["worker-1"] == 0, checked.output
    assert account.secret_key() == old_key

    with Load(client) as load:
        played = site.play("rotate_keys", **told)

    assert played.code == 0, played.output
    assert load.failures == []
    print(f"changed: {played.changed}")
    settings = api.ssh("cat /etc/platform/environment")
    assert f'SECRET_KEY="{account.secret_key()}"' in settings
    assert f'SECRET_KEY_FALLBACKS="{old_key}"' in settings
    assert old_key not in checked.output + played.output
    assert client.page(old_page["next"])["events"]


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_it_finds_the_hosts_well(
    site: Site,
    client: Client,  # noqa: ARG001  # set up
    options: tuple[str, ...],
) -> None:
    played = site.play("doctor", *options)

    assert played.code == 0, played.output
    assert "ok     visibility of queue" in played.output


@pytest.mark.parametrize("playbook", ["restart", "drain", "undrain", "deploy", "rollback"])
def test_it_leaves_hosts_alone_when_asked_what_it_would_do(
    site: Site, client: Client, *, worker: Machine, playbook: str
) -> None:
    started = "systemctl show platform-worker@1 --property=ExecMainStartTimestamp"
    release, before = client.version(), worker.ssh(started)

    checked = site.play(playbook, "--check", "--diff", app_release=release)

    assert checked.code == 0, checked.output
    assert worker.ssh(started) == before
    assert client.version() == release


@pytest.mark.parametrize(
    ("playbook", "options"), [("redrive", "--all"), ("replay", "--status dead --tenant hosts")]
)
def test_it_brings_back_what_died_when_told_to(
    site: Site, client: Client, *, playbook: str, options: str
) -> None:
    event_id = client.post("demo.fail")
    eventually(lambda: client.get(event_id)["status"] == "dead", "it dies", _LIMIT_SECONDS)
    told = {"options": options, "reason": "Mended"}

    looks = [
        site.play(playbook, **told),
        site.play(playbook, "--check", **told, apply="true"),
    ]
    assert [(each.code, each.changed["worker-1"]) for each in looks] == [(0, 0), (0, 0)]
    assert client.get(event_id)["generation"] == 1
    assert site.play(playbook, **told, apply="true").code == 0

    eventually(lambda: client.get(event_id)["generation"] == 2, "it is replayed", _LIMIT_SECONDS)
