"""How problems are told of: what a status means, and what its documents look like."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from events.api.errors import show_problem
from events.api.schema import headers
from events.api.schema.problems import CATALOGUE


def describe(status: HTTPStatus, codes: Sequence[str]) -> str:
    meanings = "\n".join(f"* `{code}`: {CATALOGUE[code].meaning}" for code in codes)
    return f"{status.phrase}.\n\n{meanings}"


def example_of(code: str) -> dict[str, Any]:
    entry = CATALOGUE[code]
    return show_problem(
        entry.status,
        code,
        entry.meaning,
        request_id=headers.REQUEST_ID.example,
        members=entry.members,
    )
