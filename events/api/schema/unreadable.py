"""What is answered to requests that nobody can read: the same at every address, described once."""

from http import HTTPStatus
from typing import Any

from events.api.errors import MEDIA_TYPE
from events.api.schema import headers
from events.api.schema.failing import describe, example_of
from events.api.schema.problems import CATALOGUE, UNREADABLE


def add_unreadable(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Let each call refer to these answers, which stand among the components."""
    statuses = sorted({CATALOGUE[code].status for code in UNREADABLE})
    answers = {_name(status): _answer(status) for status in statuses}
    result["components"].setdefault("responses", {}).update(answers)
    for operations in result["paths"].values():
        for operation in operations.values():
            for status in statuses:
                reference = {"$ref": f"#/components/responses/{_name(status)}"}
                operation["responses"][str(status.value)] = reference
    return result


def _answer(status: HTTPStatus) -> dict[str, Any]:
    codes = [code for code in UNREADABLE if CATALOGUE[code].status is status]
    return {
        "description": describe(status, codes),
        "headers": {headers.REQUEST_ID.name: {"$ref": "#/components/headers/X-Request-ID"}},
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ProblemDocument"},
                "examples": {code: {"value": example_of(code)} for code in codes},
            }
        },
    }


def _name(status: HTTPStatus) -> str:
    return "".join(word.capitalize() for word in status.name.split("_"))
