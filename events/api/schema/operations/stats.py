"""How much there is of what."""

from events.api.schema import answers
from events.api.schema.operation import Answer, Body, Operation, Operations
from events.api.schema.problems import STORE

OPERATIONS: Operations = {
    ("GET", "/stats"): Operation(
        name="getStats",
        tag="stats",
        summary="Count events",
        description="From counters: as cheap with a million events as with ten.",
        answers=(
            Answer(
                description="The numbers of the key's tenant.",
                bodies=(Body(shape=answers.Stats),),
            ),
        ),
        problems=STORE,
    ),
}
