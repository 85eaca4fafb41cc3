"""The API's description of itself."""

from events.api.schema.operation import JSON, Answer, Body, Operation, Operations

_DOCUMENT = {"type": "object", "required": ["openapi", "info", "paths"]}

_BEGINNING = {
    "beginning": {
        "openapi": "3.1.0",
        "info": {"title": "Event platform", "version": "1"},
        "paths": {},
    }
}

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
                    Body(shape=_DOCUMENT, media_type=JSON, examples=_BEGINNING),
                    Body(shape=_DOCUMENT, media_type="application/yaml", examples=_BEGINNING),
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
                bodies=(
                    Body(
                        shape={"type": "string"},
                        media_type="text/html",
                        examples={"beginning": "<!DOCTYPE html>"},
                    ),
                ),
            ),
        ),
        is_public=True,
    ),
}
