"""Where results are kept: for the next comparison as JSON, for people in docs/performance.md."""

import json
import re
from typing import Any

from tests.bench import report
from tests.bench.cost import show_cost
from tests.bench.parts import PARTS
from tests.processes import ROOT

LAST_RESULT = ROOT / ".local" / "bench" / "last.json"
KEPT_RESULT = ROOT / "docs" / "performance.json"
PAGE = ROOT / "docs" / "performance.md"
# What stands between the two lines is written by a run.
_FIGURES = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)


def keep(result: dict[str, Any]) -> None:
    """Keep what has been measured so far, even if a later part breaks."""
    LAST_RESULT.parent.mkdir(parents=True, exist_ok=True)
    LAST_RESULT.write_text(json.dumps(result, indent=2) + "\n")


def write(result: dict[str, Any]) -> None:
    """Put a result into docs/, beside what earlier runs had measured of other parts."""
    result = result | {"runs": dict.fromkeys(_parts(result), result["run"])}
    if KEPT_RESULT.exists():
        kept = json.loads(KEPT_RESULT.read_text())
        result = kept | result | {"runs": kept["runs"] | result["runs"]}
    KEPT_RESULT.write_text(json.dumps(result, indent=2) + "\n")
    PAGE.write_text(_FIGURES.sub(lambda _: show_figures(result), PAGE.read_text()))


def show_figures(result: dict[str, Any]) -> str:
    parts = [
        "\n".join([report.show(name, result[name]), "", _show_run(result["runs"][name])])
        for name in _parts(result)
    ]
    cost = ["\n### cost\n", show_cost(result)] if show_cost(result) else []
    return "\n".join([report.show_bounds(result), *parts, *cost, "", ""])


def _parts(result: dict[str, Any]) -> list[str]:
    return [name for name in PARTS if name in result]


def _show_run(run: dict[str, Any]) -> str:
    kind = "a quick run, provisional" if run["is_quick"] else "a full run"
    how = f"{kind}, comparisons in {run['rounds']} rounds, load {run['load']} at its start"
    where = f"Python {run['python']}, {run['machine']}"
    return f"Measured {run['date']} at commit {run['commit']}: {how}, {where}."
