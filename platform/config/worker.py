"""The worker's command line, one for `make run` and systemd alike: ``python -m config.worker``."""

import sys
import warnings

import django
from celery.exceptions import SecurityWarning
from django.conf import settings

from config import celery_app, shared_metrics
from config.garbage import collect_rarely


def main() -> int:
    """Work on the work queue until a signal ends it; return the exit code."""
    if settings.IS_LOCAL:
        # In a newcomer's container everybody is root, and Celery says so in ten lines.
        warnings.simplefilter("ignore", SecurityWarning)
    if settings.WORKER_POOL == "prefork":
        # The children work, and this process serves what they count.
        folder = f"{settings.METRICS_FOLDER}-{settings.WORKER_NAME}"
        shared_metrics.use_folder(folder)
        shared_metrics.empty_folder(folder)
    # Celery does so, too, but not before it has loaded the pool, and with it the services.
    django.setup()
    collect_rarely()
    return int(
        celery_app.start(
            [
                "--quiet",
                "worker",
                f"--hostname={settings.WORKER_NAME}",
                f"--heartbeat-interval={settings.HEARTBEAT_SECONDS}",
                f"--loglevel={settings.LOG_LEVEL}",
            ]
        )
        or 0
    )


if __name__ == "__main__":
    sys.exit(main())
