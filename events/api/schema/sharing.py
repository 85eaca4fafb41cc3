"""What many calls have in common stands in the document once."""

from typing import Any

from events.api.errors import MEDIA_TYPE


def share_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Move the examples of problems, and headers that many answers have, among the components."""
    components = result["components"]
    examples = components.setdefault("examples", {})
    shared_headers = components.setdefault("headers", {})
    for operations in result["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                # The generator cannot tell of models that are lists.
                operation["requestBody"]["required"] = True
            for answer in operation["responses"].values():
                _share_examples(answer, examples)
                _share_headers(answer, shared_headers)
    return result


def _share_examples(answer: dict[str, Any], examples: dict[str, Any]) -> None:
    content = answer.get("content", {}).get(MEDIA_TYPE)
    if content is None:
        return
    for example in content.pop("examples").values():
        code = example["value"]["code"]
        examples[code] = {"value": example["value"]}
        content.setdefault("examples", {})[code] = {"$ref": f"#/components/examples/{code}"}


def _share_headers(answer: dict[str, Any], shared: dict[str, Any]) -> None:
    for name, header in answer.get("headers", {}).items():
        if shared.setdefault(name, header) == header:
            answer["headers"][name] = {"$ref": f"#/components/headers/{name}"}
