"""The host that watches the others."""

import json

from tests.hosts.account import NAME, Account
from tests.hosts.client import Client
from tests.hosts.conftest import Checkout, start_alone
from tests.hosts.machines import Lab
from tests.processes import eventually

_CONFIGURE_SECONDS = 600.0
_ASK = "curl -fsS http://127.0.0.1"


def test_it_configures_itself_around_its_disk(  # noqa: PLR0917  # fixtures
    lab: Lab, account: Account, checkout: Checkout, client: Client
) -> None:
    client.post("demo.echo")
    # Grafana comes from an archive of its own, which these hosts do not reach.
    release = checkout.build("ansible/group_vars/monitoring.yml", "monitoring_has_grafana: false\n")
    account.promote(checkout.releases / f"{release}.tar.gz")
    host = start_alone(lab, account, "monitoring-1", disk="/dev/sdf")

    eventually(lambda: host.instance.told, "the host tells how it went", _CONFIGURE_SECONDS)

    said = host.ssh("journalctl --identifier=part-001 --output=cat --no-pager")
    assert host.instance.told == [
        (f"{NAME}-monitoring", "configure", f"i-{host.name}", "CONTINUE")
    ], said
    assert host.ssh("findmnt --noheadings --output SOURCE /var/lib/prometheus") == "/dev/sdf"
    eventually(lambda: "Ready" in host.ssh(f"{_ASK}:9090/-/ready"), "Prometheus is ready")
    rules = json.loads(host.ssh(f"{_ASK}:9090/api/v1/rules"))["data"]["groups"]
    assert sum(len(each["rules"]) for each in rules) > 30
    assert "OK" in host.ssh(f"{_ASK}:9093/-/healthy")
    assert "events_platform_up 1.0" in host.ssh(f"{_ASK}:9808/metrics")
    host.destroy()
