"""DynamoDB by ministack and SQS by fauxqs, each a process of its own.

ministack's own SQS walks through all messages of a queue for each receive and each delete: what a
run leaves would take longer to drain than its users took to post it.
"""

import os
from contextlib import ExitStack
from pathlib import Path

from tests.processes import ROOT, Emulator, Process, answers, eventually, free_port

_MODULES = ROOT / ".venv-reference" / "node_modules"


class EmulatedAWS:
    """An emulated AWS that drains long queues fast, forgotten when it ends."""

    def __init__(self, folder: Path) -> None:
        command = [_node(), str(Path(__file__).with_name("sqs.mjs"))]
        port = free_port()
        self._sqs_endpoint = f"http://127.0.0.1:{port}"
        with ExitStack() as started:
            dynamodb = Emulator(folder, services="dynamodb")
            started.callback(dynamodb.stop)
            self.endpoint = dynamodb.endpoint
            self._sqs = Process(
                "sqs",
                [*command, str(_MODULES / "fauxqs" / "dist" / "app.js"), str(port)],
                environment={"PATH": os.environ["PATH"]},
                folder=folder,
            )
            started.callback(self._sqs.wait)
            started.callback(self._sqs.terminate)
            eventually(self._is_ready, "the emulated SQS answers")
            self._started = started.pop_all()

    @property
    def settings(self) -> dict[str, str]:
        """Return what leads a platform to the queues."""
        return {
            "AWS_ENDPOINT_URL_SQS": self._sqs_endpoint,
            "QUEUE_URL_PREFIX": f"{self._sqs_endpoint}/000000000000",
        }

    def stop(self) -> None:
        self._started.close()

    def _is_ready(self) -> bool:
        assert self._sqs.is_running, self._sqs.log
        return answers(f"{self._sqs_endpoint}/health")


def _node() -> str:
    """Return the path of the Node.js that npm found fit for this machine."""
    found = list(_MODULES.glob("node-*/bin/node"))
    if not found:
        raise SystemExit(f"{_MODULES} has no Node.js: `make reference` installs it, on Linux.")
    return str(found[0])
