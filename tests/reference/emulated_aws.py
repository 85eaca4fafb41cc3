"""DynamoDB by ministack and SQS by fauxqs, each a process of its own.

ministack's own SQS walks through all messages of a queue for each receive and each delete: what a
run leaves would take longer to drain than its users took to post it.
"""

import os
from pathlib import Path

from tests.processes import ROOT, Emulator, Process, answers, eventually, free_port

_MODULES = ROOT / ".venv-reference" / "node_modules"


class EmulatedAWS:
    """Both are forgotten when they end."""

    def __init__(self, folder: Path) -> None:
        # npm installs the one for this machine.
        (node,) = _MODULES.glob("node-*/bin/node")
        self._dynamodb = Emulator(folder, services="dynamodb")
        self.endpoint = self._dynamodb.endpoint
        port = free_port()
        self._sqs_endpoint = f"http://127.0.0.1:{port}"
        try:
            self._sqs = Process(
                "sqs",
                [str(node), str(_MODULES / "fauxqs" / "dist" / "server.js")],
                environment={
                    "PATH": os.environ["PATH"],
                    "FAUXQS_PORT": str(port),
                    "FAUXQS_HOST": "127.0.0.1",
                    "FAUXQS_LOGGER": "false",
                },
                folder=folder,
            )
        except BaseException:
            self._dynamodb.stop()
            raise
        try:
            eventually(self._has_queues, "the emulated SQS answers")
        except BaseException:
            self.stop()
            raise

    @property
    def settings(self) -> dict[str, str]:
        """Return what leads a platform to the queues."""
        return {
            "AWS_ENDPOINT_URL_SQS": self._sqs_endpoint,
            "QUEUE_URL_PREFIX": f"{self._sqs_endpoint}/000000000000",
        }

    def stop(self) -> None:
        self._sqs.terminate()
        self._sqs.wait()
        self._dynamodb.stop()

    def _has_queues(self) -> bool:
        assert self._sqs.is_running, self._sqs.log
        return answers(f"{self._sqs_endpoint}/health")
