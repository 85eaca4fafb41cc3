"""Whether this process and this host are well."""

from http import HTTPStatus

from events.api.schema import answers
from events.api.schema.operation import Answer, Body, Operation, Operations

_HEALTHY = Answer(
    description="The process answers; nothing else is asked.",
    bodies=(Body(shape=answers.Health, examples={"well": {"status": "ok", "version": "4f1d0f6"}}),),
)

OPERATIONS: Operations = {
    ("GET", "/health"): Operation(
        name="getHealth",
        tag="health",
        summary="Ask whether the process answers",
        answers=(_HEALTHY,),
        is_public=True,
    ),
    ("GET", "/health/live"): Operation(
        name="getLiveness",
        tag="health",
        summary="Ask whether the process answers, for orchestrators",
        answers=(_HEALTHY,),
        is_public=True,
    ),
    ("GET", "/health/ready"): Operation(
        name="getReadiness",
        tag="health",
        summary="Ask whether this host should get requests",
        description=(
            "Fails only for what is wrong with this very host. Faults and the state of "
            "dependencies are shown inside the network only."
        ),
        answers=(
            Answer(
                description="The host serves.",
                bodies=(Body(shape=answers.Readiness, examples={"ready": {"status": "ready"}}),),
            ),
            Answer(
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                description="The host should get no requests.",
                bodies=(
                    Body(shape=answers.Readiness, examples={"not ready": {"status": "not ready"}}),
                ),
            ),
        ),
        is_public=True,
    ),
}
