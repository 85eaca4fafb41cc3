"""Ingest: three services that take the same event, store it and queue it."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from tests.bench.platform_stack import PlatformStack
from tests.bench.rig import Measured, Rig, peer_program
from tests.bench.rounds import Figures
from tests.processes import ROOT, eventually, free_port

CONNECTIONS = 32
# A batch holds as many events as this many single requests, so fewer connections saturate.
BATCH_CONNECTIONS = 8
PAYLOAD_BYTES = 600
THREADS = 32


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that takes events at a local port; ``batch`` events in one request."""

    rig: Rig
    running: Measured
    port: int
    batch: int = 1
    token: str = ""

    def measure(self, count: int) -> Figures:
        """Post so many events and return what one cost the service, AWS and the client."""
        service_seconds, aws_seconds = self.running.cpu_seconds, self.rig.aws.cpu_seconds
        figures = self._post(count)
        cpu_ms = (self.running.cpu_seconds - service_seconds) * 1_000 / count
        return {
            "cpu_ms": cpu_ms,
            "per_core_second": 1_000 / max(cpu_ms, 0.001),
            "per_second": figures["per_second"] * self.batch,
            "p50_ms": figures["p50_ms"],
            "p99_ms": figures["p99_ms"],
            "client_cpu_ms": figures["cpu_seconds"] * 1_000 / count,
            "aws_cpu_ms": (self.rig.aws.cpu_seconds - aws_seconds) * 1_000 / count,
        }

    def _post(self, count: int) -> Figures:
        if self.batch == 1:
            return post(self.port, "/events", make_event(), count=count, token=self.token)
        return post(
            self.port,
            "/events/batch",
            {"events": [make_event()] * self.batch},
            count=count // self.batch,
            connections=BATCH_CONNECTIONS,
            token=self.token,
        )

    def wait_until_it_listens(self) -> None:
        eventually(self._is_listening, f"{self.running.process.name} listens")

    def _is_listening(self) -> bool:
        assert self.running.process.is_running, self.running.process.log
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def make_event(payload_bytes: int = PAYLOAD_BYTES) -> dict[str, Any]:
    text = "x" * (payload_bytes - len('{"text": ""}'))
    return {"event_type": "bench.noop", "payload": {"text": text}}


def post(
    port: int,
    path: str,
    body: Any,
    *,
    count: int,
    connections: int = CONNECTIONS,
    token: str = "",
) -> Figures:
    """Post one body again and again from a light client in a process of its own."""
    arguments = [str(port), path, str(count), str(connections)]
    answer = subprocess.run(
        [sys.executable, "-m", "tests.bench.client", *arguments],
        cwd=ROOT,
        env=os.environ | {"BENCH_TOKEN": token},
        check=True,
        input=json.dumps(body).encode(),
        stdout=subprocess.PIPE,
    )
    figures: Figures = json.loads(answer.stdout)
    return figures


def open_platform(stack: PlatformStack, rig: Rig, *, batch: int = 1) -> Service:
    return Service(
        rig=rig, running=Measured(stack.api), port=stack.port, batch=batch, token=stack.token
    )


def start_fastapi(rig: Rig) -> Service:
    port = free_port()
    command = [peer_program("uvicorn"), "--app-dir", "tests/bench", "fastapi_service:app"]
    options = ["--port", str(port), "--no-access-log", "--log-level", "error"]
    return _started(rig, rig.start("fastapi", [*command, *options]), port)


def start_plain(rig: Rig) -> Service:
    port = free_port()
    rig.make_queue("plain")
    options = ["--bind", f"127.0.0.1:{port}", "--threads", str(THREADS)]
    running = rig.start(
        "plain",
        ["python", "-m", "gunicorn", "tests.bench.plain_service:application", *options],
        BENCH_BROKER="sqs",
        BENCH_QUEUE="plain",
    )
    return _started(rig, running, port)


def _started(rig: Rig, running: Measured, port: int) -> Service:
    service = Service(rig=rig, running=running, port=port)
    service.wait_until_it_listens()
    return service
