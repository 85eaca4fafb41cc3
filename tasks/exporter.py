"""Celery-exporter over the queue of worker events, with the platform's own state on its page.

``python -m tasks.exporter``
"""

import os
import signal
import socket

import django
from celery import Celery
from django.conf import settings
from src import exporter
from src.cli import cli


def main() -> None:
    """Serve metrics until a signal ends it; raises SystemExit."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # The services below it need the apps as they are imported.
    from tasks.worker_events.lease import ReaderLease  # noqa: PLC0415

    _refuse_taken_port()
    lease = ReaderLease(owner=f"{settings.WORKER_NAME}:{os.getpid()}")

    def stop(*_: object) -> None:
        # Raised in the main thread, whatever it waits for; without a reason it means success.
        raise SystemExit(lease.loss)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    lease.take()
    try:
        _run_exporter()
    finally:
        # A second signal, as from a terminal and its process manager, must not cut this off.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        lease.give_back()


def _refuse_taken_port() -> None:
    # The exporter serves from a thread, whose failure would leave a process without metrics.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.EXPORTER_HOST, settings.EXPORTER_PORT))
        except OSError as error:
            raise SystemExit(
                f"EXPORTER_PORT {settings.EXPORTER_PORT} cannot be listened on "
                f"at EXPORTER_HOST {settings.EXPORTER_HOST}: {error.strerror}."
            ) from error


def _run_exporter() -> None:
    from tasks import platform_metrics  # noqa: PLC0415  # only once Django is set up

    # What belongs to no process is told where there is one of a kind.
    exporter.CollectorRegistry = platform_metrics.PlatformRegistry
    # The exporter makes its own Celery app and offers no way to give it one.
    Celery.events_cls = "tasks.worker_events:SQSEvents"
    cli.main(
        [
            # Says which broker it is, so that the exporter leaves queue lengths to others;
            # the receiver reads the queue without it.
            "--broker-url=sqs://",
            f"--host={settings.EXPORTER_HOST}",
            f"--port={settings.EXPORTER_PORT}",
            # Its lines have a format of their own, so only those that matter.
            "--log-level=WARNING",
        ],
        standalone_mode=False,
    )


if __name__ == "__main__":
    main()
