"""The playbooks on hosts that boot: set up, released onto, drained, started anew and lost."""

import pytest

from tests.hosts.account import NAME, Account
from tests.hosts.client import Client, Load
from tests.hosts.conftest import Checkout, Site
from tests.hosts.instance import REGION
from tests.hosts.machines import Machine
from tests.processes import eventually

_LIMIT_SECONDS = 180.0


@pytest.mark.short
def test_it_processes_on_one_host_what_was_posted_to_another(client: Client) -> None:
    event_id = client.post("demo.echo")

    eventually(lambda: client.has_ended(event_id), "the event ends", _LIMIT_SECONDS)
    event = client.get(event_id)
    assert event["status"] == "succeeded"
    assert event["attempts"][0]["worker"].startswith("worker-1:")


@pytest.mark.short
def test_it_changes_nothing_the_second_time(site: Site, client: Client) -> None:
    again = site.play("site", app_release=client.version())

    assert again.code == 0, again.output
    assert again.changed == {"api-1": 0, "worker-1": 0}, again.output


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


def test_it_keeps_every_request_and_event_while_a_release_rolls_out(
    site: Site, client: Client, checkout: Checkout
) -> None:
    release = checkout.build()

    with Load(client) as load:
        played = site.play("deploy", app_release=release)

    assert played.code == 0, played.output
    assert client.version() == release
    assert load.failures == []
    print(f"{len(load.event_ids)} posted, the slowest in {load.longest_seconds:.1f} s")
    statuses = eventually(lambda: _ended(client, load), "all of them end", _LIMIT_SECONDS)
    assert {statuses[each] for each in load.event_ids} == {"succeeded"}


def test_it_goes_back_from_a_release_that_does_not_start(
    site: Site, client: Client, checkout: Checkout, *, api: Machine
) -> None:
    before = client.version()
    previous = api.ssh("readlink", "/opt/platform/previous")
    broken = checkout.build("platform/config/wsgi.py", "\nraise RuntimeError('broken')\n")

    with Load(client) as load:
        played = site.play("deploy", app_release=broken, api_health_seconds="20")

    assert played.code != 0
    assert f"{before} serves again." in played.output
    assert client.version() == before
    assert api.ssh("readlink", "/opt/platform/previous") == previous
    assert client.get(client.post("demo.echo"))["status"]
    assert load.failures == []
    print(f"{len(load.event_ids)} posted meanwhile")


def test_it_goes_back_by_command(site: Site, client: Client, api: Machine) -> None:
    previous = api.ssh("readlink", "/opt/platform/previous").rpartition("/")[2]
    assert client.version() != previous

    played = site.play("rollback")

    assert played.code == 0, played.output
    assert client.version() == previous


@pytest.mark.short
def test_it_drains_a_host_while_handlers_run(site: Site, client: Client, worker: Machine) -> None:
    event_id = client.post("demo.slow", {"seconds": 5})
    eventually(lambda: client.get(event_id)["status"] == "processing", "a handler runs")

    drained = site.play("drain")

    assert drained.code == 0, drained.output
    assert client.get(event_id)["status"] == "succeeded"
    assert worker.ssh("systemctl list-units --state=active --no-legend 'platform-worker@*'") == ""
    waiting = client.post("demo.echo")
    assert site.play("undrain").code == 0
    eventually(lambda: client.has_ended(waiting), "what waited ends", _LIMIT_SECONDS)


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
    settings = api.ssh("cat /etc/platform/environment")
    assert f'SECRET_KEY="{account.secret_key()}"' in settings
    assert f'SECRET_KEY_FALLBACKS="{old_key}"' in settings
    assert old_key not in checked.output + played.output
    assert client.page(old_page["next"])["events"]


def test_it_finds_the_hosts_well(site: Site, client: Client) -> None:  # noqa: ARG001  # set up
    played = site.play("doctor")

    assert played.code == 0, played.output


@pytest.mark.parametrize(
    ("playbook", "options"), [("redrive", "--all"), ("replay", "--status dead --tenant hosts")]
)
def test_it_brings_back_what_died_when_told_to(
    site: Site, client: Client, *, playbook: str, options: str
) -> None:
    event_id = client.post("demo.fail")
    eventually(lambda: client.get(event_id)["status"] == "dead", "it dies", _LIMIT_SECONDS)
    told = {"options": options, "reason": "Mended"}

    assert site.play(playbook, **told).code == 0
    assert client.get(event_id)["generation"] == 1
    assert site.play(playbook, **told, apply="true").code == 0

    eventually(lambda: client.get(event_id)["generation"] == 2, "it is replayed", _LIMIT_SECONDS)


@pytest.mark.short
def test_it_comes_back_after_a_reboot(client: Client, api: Machine, worker: Machine) -> None:
    for host in (api, worker):
        host.reboot()

    eventually(lambda: api.answers("/health/live"), "the API answers again", _LIMIT_SECONDS)
    event_id = client.post("demo.echo")
    eventually(lambda: client.has_ended(event_id), "an event ends again", _LIMIT_SECONDS)


def _ended(client: Client, load: Load) -> dict[str, str]:
    """Return the status of each event, or nothing before those of the load have ended."""
    statuses = client.statuses()
    has_ended = all(statuses.get(each) in {"succeeded", "dead"} for each in load.event_ids)
    return statuses if has_ended else {}
