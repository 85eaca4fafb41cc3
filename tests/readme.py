"""The README, taken apart for the tests that hold it to its word."""

import re

from tests.processes import ROOT

TEXT = (ROOT / "README.md").read_text()


def section(title: str) -> str:
    """Return what stands below a heading."""
    return re.split(r"^## ", TEXT.split(f"\n## {title}\n", 1)[1], flags=re.MULTILINE)[0]


def blocks(title: str, language: str) -> list[str]:
    """Return the code blocks of a section, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", section(title), re.MULTILINE | re.DOTALL)


def first_cells(title: str) -> list[str]:
    """Return what is in the first column of a section's table."""
    return re.findall(r"^\| `([^`]+)`", section(title), re.MULTILINE)
