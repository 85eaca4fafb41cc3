"""A host that its group starts, wants gone and loses."""

import time
from collections.abc import Iterator

import pytest

from tests.hosts.account import NAME, Account
from tests.hosts.client import Client
from tests.hosts.conftest import Checkout
from tests.hosts.machines import Machine
from tests.processes import eventually

_GROUP = f"{NAME}-worker"
_LIMIT_SECONDS = 180.0
_CONFIGURE_SECONDS = 600.0
_SAID = "journalctl --identifier=part-001 --output=cat --no-pager"


@pytest.fixture
def alone(second_worker: Machine, worker: Machine) -> Iterator[Machine]:
    """Let the first host's workers stand still, and return the second."""
    worker.ssh("systemctl", "stop", "platform-workers.target")
    yield second_worker
    worker.ssh("systemctl", "start", "platform-workers.target")


def test_they_configure_themselves_and_tell_their_groups(
    second_worker: Machine, second_api: Machine, current_release: str
) -> None:
    started_at = time.monotonic()
    for host, kind in ((second_worker, "worker"), (second_api, "api")):
        told = host.instance.told
        eventually(lambda told=told: told, f"a {kind} tells how it went", _CONFIGURE_SECONDS)
        print(f"the group of {kind} hosts was told after {time.monotonic() - started_at:.1f} s")
        group = f"{NAME}-{kind}"
        assert told == [(group, "configure", f"i-{host.name}", "CONTINUE")], host.ssh(_SAID)
        last = f"configure: this host serves as {kind}, release {current_release}"
        assert _comes_to_say(host, last)
        assert host.ssh("readlink /opt/platform/current").endswith(current_release)
    assert all(second_worker.answers("/metrics", port=port) for port in (9810, 9811))
    assert second_api.answers("/health/live")


def test_it_serves_what_a_configured_host_has_stored(second_api: Machine, client: Client) -> None:
    event_id = client.post("demo.echo")

    # As behind the load balancer: the name is one of ALLOWED_HOSTS.
    second = client.at(f"http://{second_api.address}:8000", name="events.example.com")
    assert second.get(event_id)["event_id"] == event_id
    assert client.get(second.post("demo.echo"))["status"] != "dead"
    second_api.destroy()


def test_it_works_on_what_a_configured_host_posts(alone: Machine, client: Client) -> None:
    event_id = client.post("demo.echo")

    eventually(lambda: client.has_ended(event_id), "the event ends", _LIMIT_SECONDS)
    (attempt,) = client.get(event_id)["attempts"]
    assert attempt["worker"].startswith(f"{alone.name}:")


def test_it_works_with_processes_where_the_settings_say_so(second_worker: Machine) -> None:
    parent = "$(systemctl show platform-worker@1 --property=MainPID --value)"

    assert second_worker.ssh(f"pgrep --count --parent {parent}") == "8"


def test_it_ships_its_journal(alone: Machine, account: Account, client: Client) -> None:
    event_id = client.post("demo.echo")

    eventually(
        lambda: any(event_id in each for each in account.logs_of(alone, kind="worker")),
        "the line of an attempt is shipped",
    )
    assert any(
        each.startswith("part-001: configure: ") for each in account.logs_of(alone, kind="worker")
    )


def test_it_gives_workers_the_time_that_the_settings_say(second_worker: Machine) -> None:
    shown = second_worker.ssh("systemctl show platform-worker@1 --property=TimeoutStopUSec")

    assert shown == "TimeoutStopUSec=35s"


def test_it_finishes_its_handlers_before_its_group_may_end_it(
    alone: Machine, client: Client
) -> None:
    event_id = client.post("demo.slow", {"seconds": 15})
    eventually(lambda: client.get(event_id)["status"] == "processing", "a handler runs")
    alone.instance.told.clear()

    alone.instance.target_state = "Terminated"

    eventually(lambda: alone.instance.told, "the group is told", _LIMIT_SECONDS)
    assert client.get(event_id)["status"] == "succeeded"
    assert alone.instance.told == [(_GROUP, "drain", "i-worker-2", "CONTINUE")]
    waiting = client.post("demo.echo")
    assert alone.ssh("systemctl list-units --state=active --no-legend 'platform-worker@*'") == ""
    assert not client.has_ended(waiting)
    alone.instance.target_state = "InService"
    alone.ssh("systemctl start platform-workers.target platform-drain-agent")
    eventually(lambda: client.has_ended(waiting), "what waited ends", _LIMIT_SECONDS)


def test_it_gives_a_release_up_that_is_not_what_its_sum_says(
    second_worker: Machine, account: Account, client: Client, *, checkout: Checkout
) -> None:
    account.spoil(checkout.releases / f"{client.version()}.tar.gz")
    second_worker.instance.told.clear()

    second_worker.ssh("systemctl restart cloud-final || true")

    assert second_worker.instance.told == [(_GROUP, "configure", "i-worker-2", "ABANDON")]
    assert second_worker.ssh(_SAID).splitlines()[-1] == (
        "configure: fetch_release failed with 1: what it said is above, and this host is given up"
    )


def test_it_works_through_the_loss_of_a_host(
    client: Client, second_worker: Machine, worker: Machine
) -> None:
    worker.ssh("systemctl", "stop", "platform-workers.target")
    event_ids = [client.post("demo.slow", {"seconds": 8}) for _ in range(8)]
    eventually(
        lambda: [client.get(each)["status"] for each in event_ids].count("processing") >= 4,
        "the second host works",
    )

    second_worker.destroy()
    lost_at = time.monotonic()
    worker.ssh("systemctl", "start", "platform-workers.target")

    for event_id in event_ids:
        eventually(lambda each=event_id: client.has_ended(each), event_id, _LIMIT_SECONDS)
    print(f"all ended {time.monotonic() - lost_at:.1f} s after the host was lost")
    assert {client.get(each)["status"] for each in event_ids} == {"succeeded"}


def _comes_to_say(host: Machine, line: str) -> bool:
    return eventually(lambda: line in host.ssh(_SAID), f"{host.name} says: {line}")
