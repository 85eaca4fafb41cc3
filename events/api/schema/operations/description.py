"""The API's description of itself."""

from events.api.schema.operation import JSON, Answer, Body, Operation, Operations

_DOCUMENT = {"type": "object", "required": ["openapi", "info", "paths"]}

OPERATIONS: Operations = {
    ("GET", "/schema"): Operation(
        name="getSchema",
        tag="description",
        summary="Read this description",
        description="JSON, or YAML for an `Accept` header that names it.",
        answers=(
            Answer(
                description="An OpenAPI 3.1 document.",
                bodies=(
                    Body(shape=_DOCUMENT, media_type=JSON),
                    Body(shape=_DOCUMENT, media_type="application/yaml"),
                ),
            ),
        ),
        is_public=True,
    ),
    ("GET", "/docs"): Operation(
        name="getDocs",
        tag="description",
        summary="Read this description in a browser",
        description="Everything that the page needs comes from this host.",
        answers=(
            Answer(
                description="A page.",
                bodies=(Body(shape={"type": "string"}, media_type="text/html"),),
            ),
        ),
        is_public=True,
    ),
}
