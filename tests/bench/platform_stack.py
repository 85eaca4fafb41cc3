"""The platform with the settings of production, and a key to its API."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.processes import ROOT, eventually
from tests.stack import Stack

# But for where it listens: production binds every address, with HTTPS in front of it.
SETTINGS: dict[str, Any] = {
    "API_KEYS": "required",
    "DEMO_HANDLERS": "false",
    "HANDLER_MODULES": "tests.bench.handlers",
    "HEARTBEAT_SECONDS": 30,
    "LOG_FORMAT": "json",
    "LONG_POLL_SECONDS": 12,
    "RECOVERY_INTERVAL_SECONDS": 15,
}
# A limit that is kept account of and never reached.
_KEY = ("bench", "--tenant", "bench", "--rate", "100000", "--burst", "100000")
_SCOPES = ("events:write", "events:read", "events:replay")


class PlatformStack(Stack):
    """An API and a worker; ``fill`` and ``seed`` store events without them."""

    def __init__(self, endpoint: str, folder: Path, *, workers: int = 1, **settings: Any) -> None:
        folder.mkdir()
        super().__init__(endpoint, folder, workers=workers, settings=SETTINGS | settings)
        # Where those find AWS, past whatever counts or slows what the platform asks.
        self.fill_endpoint = endpoint
        eventually(self._takes_key, "the API takes its key")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        return int(self._environment["PORT"])

    @property
    def work_queue_url(self) -> str:
        return self.queue_url("WORK_QUEUE")

    @property
    def tables(self) -> dict[str, str]:
        """Say which of the models' tables each of this stack's is."""
        return {
            self._environment["EVENTS_TABLE"]: "events",
            self._environment["PLATFORM_TABLE"]: "platform",
        }

    @property
    def queue_names(self) -> dict[str, str]:
        """Say what each queue is for, by its name."""
        settings = {
            "work": "WORK_QUEUE",
            "dead letters": "DEAD_LETTER_QUEUE",
            "worker events": "WORKER_EVENTS_QUEUE",
        }
        return {self._environment[setting]: use for use, setting in settings.items()}

    def ask(self, path: str, body: Any = None, *, method: str = "GET") -> Any:
        """Make a request with the key and return the answer's JSON; raises unless it is a 2xx."""
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.url + path, content, headers, method=method)  # noqa: S310  # loopback
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")

    def fill(self, count: int) -> None:
        """Store and queue so many events."""
        self._run_past("fill", str(count))

    def seed(self, first: int, last: int) -> None:
        """Store the events of these numbers as ones that have ended."""
        self._run_past("seed", str(first), str(last))

    def _run_past(self, program: str, *arguments: str) -> None:
        command = ("-m", f"tests.bench.{program}", *arguments)
        process = self._start(program, *command, AWS_ENDPOINT_URL=self.fill_endpoint)
        # Longer than a process is waited for elsewhere.
        process._process.wait()  # noqa: SLF001
        assert process.wait() == 0, process.log

    def close(self) -> None:
        # Nothing is worth the wait for their last polls.
        for process in self._processes:
            if process.is_running:
                process.kill()
        super().close()

    def _start_all(self, workers: int) -> None:
        self._manage("migrate", "--verbosity=0")
        self.token = self.make_key(*_KEY)
        super()._start_all(workers)

    def make_key(self, *options: str) -> str:
        scopes = [text for scope in _SCOPES for text in ("--scope", scope)]
        return self._manage("api_key", "create", *options, *scopes)

    def _manage(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self._environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _takes_key(self) -> bool:
        try:
            self.ask("/stats")
        except urllib.error.HTTPError as error:
            error.close()
            return False
        return True
