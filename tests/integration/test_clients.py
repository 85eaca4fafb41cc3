"""The examples of docs/clients.md, run as they stand there."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from tests.processes import ROOT
from tests.stack import Stack

TEXT = (ROOT / "docs/clients.md").read_text()
COMMANDS = {
    "sh": ["bash", "-c"],
    "python": [sys.executable, "-W", "error", "-c"],
    "js": ["node", "--input-type=module", "--eval"],
}
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not here")
LANGUAGES = ["sh", "python", pytest.param("js", marks=needs_node)]


def example(language: str, number: int = 0) -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return str(blocks[number])


def run(language: str, url: str, key: str, *, number: int = 0) -> Any:
    finished = subprocess.run(
        [*COMMANDS[language], example(language, number)],
        env={"PATH": os.environ["PATH"], "EVENTS_URL": url, "EVENTS_KEY": key},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    # Python prints a dict, the others JSON.
    return json.loads(finished.stdout.replace("'", '"'))


@pytest.fixture(scope="module")
def key(shared_stack: Stack) -> str:
    shared_stack.manage("migrate")
    written = shared_stack.manage("api_key", "create", "shop", "--tenant", "default", "--json")
    return str(json.loads(written[written.index("{") :])["api_key"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_posts_an_event_once(language: str, stack: Stack, key: str) -> None:
    first, second = run(language, stack.url, key), run(language, stack.url, key)

    assert first["event_id"] == second["event_id"]
    assert stack.get(first["event_id"])["payload"] == {"order": 7}


def test_it_finds_what_became_of_it(stack: Stack, key: str) -> None:
    event_id = run("sh", stack.url, key)["event_id"]

    listed = run("sh", stack.url, key, number=1)

    assert event_id in [each["event_id"] for each in listed["events"]]


class Unwilling(BaseHTTPRequestHandler):
    """Takes an event at the last try only."""

    tries: ClassVar[list[int]]
    keys: ClassVar[set[str | None]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.keys.add(self.headers["Idempotency-Key"])
        status = self.tries.pop(0)
        if status == 0:
            # Hangs up without an answer.
            self.close_connection = True
            return
        body = b"{}" if status == 202 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def unwilling() -> Iterator[ThreadingHTTPServer]:
    Unwilling.keys = set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Unwilling) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("language", "tries"),
    [
        ("sh", [429, 503, 202]),
        ("python", [0, 429, 503, 202]),
        pytest.param("js", [0, 429, 503, 202], marks=needs_node),
    ],
)
def test_it_tries_again_under_the_same_key(
    language: str, tries: list[int], unwilling: ThreadingHTTPServer
) -> None:
    Unwilling.tries = tries

    run(language, f"http://127.0.0.1:{unwilling.server_port}", "evp_none")

    assert tries == []
    assert Unwilling.keys == {"order-7-created"}
