"""Whether a new schema takes every payload that the old one took.

The library's set arithmetic decides; it is marked experimental there and used in this place only.
What it cannot decide is never called compatible.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from jsonschema_rs import CanonicalSchema, Draft202012, canonicalize
from jsonschema_rs.canonical import CanonicalizationError, Containment

from events.event_types.differences import Difference, differences
from events.event_types.schema import PATTERNS, InvalidSchema, compile_schema

__all__ = ["Comparison", "Difference", "Verdict", "compare"]


class Verdict(StrEnum):
    """What is known of a change; only the first is proved to refuse nobody."""

    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A verdict and, unless it is good, where the schemas differ for the worse."""

    verdict: Verdict
    differences: tuple[Difference, ...] = ()

    @property
    def is_safe(self) -> bool:
        return self.verdict is Verdict.COMPATIBLE

    def __str__(self) -> str:
        if self.is_safe:
            return "Every payload that matched still matches."
        if self.verdict is Verdict.INCOMPATIBLE:
            return "Payloads that matched are refused from now on."
        return "It could not be decided whether all payloads that matched still match."


def compare(old: str, new: str, *, example: str | None = None) -> Comparison:
    """Compare two valid schemas; ``example`` is a payload that matched the old one."""
    verdict = _decide(old, new)
    if verdict is Verdict.UNDECIDED and example is not None and _is_refused(example, by=new):
        verdict = Verdict.INCOMPATIBLE
    if verdict is Verdict.COMPATIBLE:
        return Comparison(verdict)
    return Comparison(verdict, tuple(differences(old, new)))


def _decide(old: str, new: str) -> Verdict:
    try:
        before, after = _canonical(old), _canonical(new)
        if before == after:
            return Verdict.COMPATIBLE
        containment = after.covers(before)
    except (CanonicalizationError, ValueError):
        return Verdict.UNDECIDED
    if containment == Containment.YES:
        return Verdict.COMPATIBLE
    return Verdict.INCOMPATIBLE if containment == Containment.NO else Verdict.UNDECIDED


def _canonical(text: str) -> CanonicalSchema:
    return canonicalize(
        json.loads(text, parse_float=Decimal),
        draft=Draft202012,
        validate_formats=True,
        pattern_options=PATTERNS,
        offline=True,
    )


def _is_refused(payload_json: str, *, by: str) -> bool:
    try:
        return bool(compile_schema(by).find_faults(payload_json))
    except InvalidSchema:
        return False
