"""API keys for tests, made as anybody makes them."""

from typing import Any

from events import services


def make_key(**fields: Any) -> tuple[str, dict[str, str]]:
    """Make a key and return its id and the header with it."""
    defaults = {"name": "test", "tenant": "acme", "actor": "tests"}
    key, text = services.create_api_key(**defaults | fields)
    return key.key_id, {"authorization": f"Bearer {text}"}
