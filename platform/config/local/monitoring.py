"""Prometheus and what belongs to it, beside ``make run``: ``python -m config.local.monitoring``."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from string import Template

from config import settings

_SOURCE = settings.ROOT / "monitoring"
_FOLDER = settings.STATE_FOLDER / f"monitoring-{settings.PORT}"
# Above the ports of sixteen worker processes.
_PROMETHEUS_PORT = settings.PORT + 20
_ALERTMANAGER_PORT = settings.PORT + 21
_NODE_EXPORTER_PORT = settings.PORT + 22
# Debian's name first, then the project's own.
_NEEDED = {
    "prometheus": ("prometheus",),
    "prometheus-alertmanager": ("prometheus-alertmanager", "alertmanager"),
    "prometheus-node-exporter": ("prometheus-node-exporter", "node_exporter"),
}
_STOP_SECONDS = 20

_WELCOME = f"""
  Prometheus     http://127.0.0.1:{_PROMETHEUS_PORT}/targets and /alerts
  Alertmanager   http://127.0.0.1:{_ALERTMANAGER_PORT}

  They watch what PORT={settings.PORT} make run has started. Ctrl-C stops them.
"""


def main() -> int:
    """Run all of them until a signal, or until one dies; return the exit code."""
    prometheus, alertmanager, node_exporter = (_find(package) for package in _NEEDED)
    write_configuration(_FOLDER)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    running = [
        _start("prometheus", _prometheus_command(prometheus)),
        _start("alertmanager", _alertmanager_command(alertmanager)),
        _start("node-exporter", node_exporter_command(node_exporter, _NODE_EXPORTER_PORT)),
    ]
    print(_WELCOME, flush=True)  # noqa: T201  # for a person
    try:
        os.wait()
    except KeyboardInterrupt:
        return 0
    else:
        print(f"One of them ended; its last lines are in {_FOLDER}.", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        # make passes on what a whole group of processes was sent already.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for each in running:
            each.terminate()
        for each in running:
            each.wait(_STOP_SECONDS)


def write_configuration(folder: Path, *, interval: str = "5s") -> None:
    """Put the ports of this machine into Prometheus's configuration, beside its rules."""
    shutil.rmtree(folder / "rules", ignore_errors=True)
    shutil.copytree(_SOURCE / "prometheus" / "rules", folder / "rules")
    template = Template((_SOURCE / "prometheus" / "local.yml").read_text())
    text = template.substitute(
        PORT=settings.PORT,
        EXPORTER_PORT=settings.EXPORTER_PORT,
        WORKER_METRICS_PORT=settings.WORKER_METRICS_PORT,
        ALERTMANAGER_PORT=_ALERTMANAGER_PORT,
        NODE_EXPORTER_PORT=_NODE_EXPORTER_PORT,
    )
    (folder / "prometheus.yml").write_text(text.replace("interval: 15s", f"interval: {interval}"))


def _find(package: str) -> str:
    for name in _NEEDED[package]:
        found = shutil.which(name)
        if found is not None:
            return found
    raise SystemExit(f"{package} is not on the PATH. On Debian: apt-get install {package}")


def _prometheus_command(program: str) -> list[str]:
    return [
        program,
        f"--config.file={_FOLDER}/prometheus.yml",
        f"--storage.tsdb.path={_FOLDER}/data",
        "--storage.tsdb.retention.time=1d",
        f"--web.listen-address=127.0.0.1:{_PROMETHEUS_PORT}",
    ]


def _alertmanager_command(program: str) -> list[str]:
    return [
        program,
        f"--config.file={_SOURCE}/alertmanager/alertmanager.yml",
        f"--storage.path={_FOLDER}/alertmanager",
        f"--web.listen-address=127.0.0.1:{_ALERTMANAGER_PORT}",
        # Alone, it needs no port for others of its kind.
        "--cluster.listen-address=",
    ]


def node_exporter_command(program: str, port: int) -> list[str]:
    return [program, f"--web.listen-address=127.0.0.1:{port}"]


def _start(name: str, command: list[str]) -> subprocess.Popen[bytes]:
    with (_FOLDER / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603  # our own


if __name__ == "__main__":
    sys.exit(main())
