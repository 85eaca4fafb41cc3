"""What the API answers of its own health."""

from typing import Annotated

from pydantic import BaseModel, Field


class Health(BaseModel):
    """The process answers."""

    status: Annotated[str, Field(pattern="^ok$")]
    version: str


class Readiness(BaseModel):
    """Whether this host serves; faults and dependencies are shown inside the network only."""

    status: Annotated[str, Field(pattern="^(not )?ready$")]
    faults: list[str] = Field(default=[], description="What is wrong with this host.")
    dependencies: dict[str, str] = Field(
        default={},
        description="`ok` or a short reason for each; none of them makes a host unready.",
    )
    paused: list[str] = Field(
        default=[], description="Tenant and event type of what waits; `*` is all."
    )
