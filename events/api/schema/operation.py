"""How one call of the API is described: what it takes, what it answers, how it fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

JSON = "application/json"

# A pydantic model, or a piece of JSON Schema for what is none.
Shape: TypeAlias = type[BaseModel] | dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A value in the query, the path or a header of a request, or in a header of an answer."""

    name: str
    place: Literal["header", "path", "query"] = "header"
    schema: Mapping[str, Any]
    description: str
    is_required: bool = False
    example: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is sent or answered under one media type, with examples by name."""

    shape: Shape
    media_type: str = JSON
    examples: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way in which a call succeeds, or fails with a body of its own."""

    description: str
    status: HTTPStatus = HTTPStatus.OK
    bodies: Sequence[Body] = ()
    headers: Sequence[Parameter] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address; ``problems`` are codes of the catalogue in ``problems.py``."""

    name: str
    tag: str
    summary: str
    description: str = ""
    parameters: Sequence[Parameter] = ()
    requests: Sequence[Body] = ()
    answers: Sequence[Answer]
    problems: Sequence[str] = ()
    is_public: bool = False


Operations: TypeAlias = dict[tuple[str, str], Operation]
