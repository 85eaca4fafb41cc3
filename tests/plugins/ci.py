"""For CI, which has every tool: a skipped test is a failed one. ``make test`` loads it there."""

from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Any:
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Any:
    return _refuse_skip((yield))


def _refuse_skip(report: Any) -> Any:
    # An expected failure is reported as skipped too.
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}: in CI nothing may be skipped"
    return report
