"""The worker's command line, one for `make run` and systemd alike: ``python -m config.worker``."""

import sys
import warnings

from celery.exceptions import SecurityWarning
from django.conf import settings

from config import celery_app


def main() -> int:
    """Work on the work queue until a signal ends it; return the exit code."""
    if settings.IS_LOCAL:
        # In a newcomer's container everybody is root, and Celery says so in ten lines.
        warnings.simplefilter("ignore", SecurityWarning)
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
