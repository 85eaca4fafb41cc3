"""The README's own requests, word for word but for the address."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests import readme
from tests.stack import Stack

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not here")


def run(command: str, stack: Stack) -> Any:
    command = command.replace("curl ", "curl -sS ").replace("http://127.0.0.1:8000", stack.url)
    # Our own page.
    ran = subprocess.run(["bash", "-c", command], capture_output=True, check=True, timeout=60)
    return json.loads(ran.stdout)


def test_it_posts_batches_and_cloudevents_as_printed(stack: Stack) -> None:
    batch, lines, cloudevent = (
        run(command, stack) for command in readme.blocks("Batches and CloudEvents", "sh")
    )

    assert (len(batch["results"]), batch["failed_count"]) == (2, 1)
    assert batch["results"][1]["errors"][0]["pointer"] == "/events/1/payload"
    assert (len(lines["results"]), lines["failed_count"]) == (2, 0)
    accepted = [batch["results"][0], *lines["results"], cloudevent]
    ended = stack.wait_until_terminal(each["event_id"] for each in accepted)
    assert [each["result"] for each in ended] == [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]
