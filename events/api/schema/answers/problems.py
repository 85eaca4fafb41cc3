"""What every failure answers."""

from typing import Annotated

from pydantic import BaseModel, Field


class Fault(BaseModel):
    """One thing wrong with an event, or with the query."""

    pointer: str = Field(default="", description="A JSON pointer; empty for the whole body.")
    parameter: str = Field(default="", description="The name of the query's parameter.")
    header: str = Field(default="", description="The name of a CloudEvent's header.")
    code: str
    message: str


class ProblemDocument(BaseModel):
    """An RFC 9457 problem; members beyond these depend on the code."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    code: str = Field(description="Stable, and meant for programs.")
    request_id: str | None = Field(description="The answer's X-Request-ID, for the log.")
    errors: list[Fault] = Field(default=[], description="At most 100 faults, each with its place.")
