"""Locust as a process of its own, told what a run is to be."""

import argparse
import signal
import socket
import subprocess
import sys
from pathlib import Path

from locustfiles.load.accepted import ACCEPTED
from locustfiles.load.options import FOLDER


def run_locust(options: argparse.Namespace, folder: Path) -> int:
    """Run Locust to its end, Ctrl-C and SIGTERM included, and return its exit code.

    What it has seen until then is verified; another signal ends that, too.
    """
    words = command(options, folder)
    with subprocess.Popen(words, cwd=FOLDER.parent) as process:  # noqa: S603  # checked options
        before = {
            # The terminal has told Locust of Ctrl-C, too.
            signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
            signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: process.terminate()),
        }
        try:
            return process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def command(options: argparse.Namespace, folder: Path) -> list[str]:
    """Return Locust's command line; keys are in the environment, where nobody else reads them."""
    files = [str(FOLDER / f"{name}.py") for name in (*options.personas, "shapes")]
    folder = folder.resolve()
    words = [sys.executable, "-m", "locust", "--locustfile", ",".join(files)]
    words += ["--host", options.host, "--users", str(options.users)]
    words += ["--spawn-rate", str(options.spawn), "--run-time", options.time]
    words += ["--shape", options.shape, "--rate", str(options.rate), "--run", folder.name]
    words += ["--accepted", str(folder / ACCEPTED), "--html", str(folder / "report.html")]
    words += ["--csv", str(folder / "locust"), "--csv-full-history"]
    words += ["--json-file", str(folder / "stats")]
    # Requests that are under way when the time is over are answered, and so written down.
    words += ["--stop-timeout", "30", "--only-summary", "--loglevel", "WARNING"]
    if options.processes > 1:
        # A port of its own: another run on this machine has its own workers.
        port = str(_free_port())
        words += ["--processes", str(options.processes)]
        words += ["--master-port", port, "--master-bind-port", port]
        words += ["--master-bind-host", "127.0.0.1"]
    if options.web:
        words += ["--web-host", "127.0.0.1", "--web-port", str(options.web), "--autostart"]
    else:
        words += ["--headless"]
    return [*words, *options.locust]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
