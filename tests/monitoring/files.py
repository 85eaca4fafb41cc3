"""The files of monitoring/, as the tests read them."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from tests.processes import ROOT

FOLDER = ROOT / "monitoring"
RULES = sorted((FOLDER / "prometheus" / "rules").glob("*.yml"))
_STRING = re.compile(r'"[^"]*"')
_METRIC = re.compile(r"\b((?:events|django|celery|process|scrape|node)_[a-z0-9_]+)\b")


class Panel(NamedTuple):
    """One query of a dashboard's panel."""

    dashboard: str
    title: str
    expression: str


def dashboards() -> dict[str, Any]:
    files = sorted((FOLDER / "grafana" / "dashboards").glob("*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files}


def panels() -> Iterator[Panel]:
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                expression = target["expr"].replace("$__rate_interval", "1m")
                yield Panel(name, panel["title"], expression)


def rules() -> list[dict[str, Any]]:
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def metrics_in(expression: str) -> set[str]:
    return set(_METRIC.findall(_STRING.sub("", expression)))
