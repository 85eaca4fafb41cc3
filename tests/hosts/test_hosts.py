"""The playbooks on hosts that boot: set up, released onto, drained and rebooted."""

import pytest

from tests.hosts.client import Client, Load
from tests.hosts.conftest import Checkout, Site
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
