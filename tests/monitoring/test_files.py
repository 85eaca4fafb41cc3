import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.monitoring.files import FOLDER, RULES, alerts, dashboards, panels, rules
from tests.processes import ROOT


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (on Debian: prometheus, prometheus-alertmanager)")
    return found


def run(*command: str) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_it_has_good_rules() -> None:
    run(tool("promtool"), "check", "rules", *map(str, RULES))


def test_its_alerts_fire_and_stay_quiet() -> None:
    run(tool("promtool"), "test", "rules", str(FOLDER / "prometheus/tests/alerts_test.yml"))


@pytest.mark.parametrize("name", ["compose", "ec2"])
def test_it_has_good_configurations(name: str) -> None:
    run(tool("promtool"), "check", "config", str(FOLDER / f"prometheus/{name}.yml"))


def test_it_has_a_good_configuration_of_alertmanager() -> None:
    run(tool("amtool"), "check-config", str(FOLDER / "alertmanager/alertmanager.yml"))


def test_each_query_can_be_parsed(tmp_path: Path) -> None:
    queries = [{"record": "query", "expr": each.expression} for each in panels()]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": queries}]}))

    run(tool("promtool"), "check", "rules", "--lint=none", str(file))


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_each_alert_says_what_to_do(alert: dict[str, Any]) -> None:
    notes = alert["annotations"]
    dashboard_ids = {each["uid"] for each in dashboards().values()}

    assert alert["labels"]["severity"] in ("critical", "warning")
    assert notes["summary"]
    assert "$value" in notes["description"] or alert["alert"] == "PlatformBlind"
    assert notes["dashboard"].removeprefix("/d/") in dashboard_ids
    assert notes["runbook"] == f"monitoring/runbooks/{alert['alert']}.md"


def test_each_alert_has_a_runbook_and_tests() -> None:
    names = {alert["alert"] for alert in alerts()}
    tests = yaml.safe_load((FOLDER / "prometheus/tests/alerts_test.yml").read_text())["tests"]

    assert {file.stem for file in (FOLDER / "runbooks").glob("*.md")} == names
    assert {each["name"] for each in tests} == {
        f"{name} {what}" for name in names for what in ("fires", "stays quiet")
    }


def test_runbooks_name_what_exists() -> None:
    sources = [file for name in ("events", "tasks") for file in (ROOT / name).rglob("*.py")]
    source = "".join(file.read_text() for file in sources)
    texts = [file.read_text() for file in (FOLDER / "runbooks").glob("*.md")]
    names = {name for text in texts for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)", text)}

    assert "store_refused" in names
    assert [each for each in names if '"' + each.removesuffix("_total") + '"' not in source] == []


def test_ids_are_unique() -> None:
    uids = [each["uid"] for each in dashboards().values()]

    assert len(set(uids)) == len(uids) == 5
    for dashboard in dashboards().values():
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(set(ids)) == len(ids)


def test_recorded_names_say_level_metric_and_operation() -> None:
    assert all(rule["record"].count(":") == 2 for rule in rules() if "record" in rule)
