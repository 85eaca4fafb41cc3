"""How gunicorn serves the API: ``gunicorn -c python:config.gunicorn``."""

import os
from pathlib import Path

import django
import structlog
from django.core import checks
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from config import logs, settings, shared_metrics
from config.garbage import collect_rarely

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# The first metrics are made as soon as gunicorn imports its worker's class.
shared_metrics.use_folder(settings.METRICS_FOLDER)
_shared_memory = Path("/dev/shm")  # noqa: S108  # the kernel's own folder, not a name to guess

wsgi_app = "config.wsgi:application"
worker_class = "config.http_worker.HTTPWorker"
workers = settings.API_WORKERS
threads = settings.API_THREADS
# The load balancer comes from elsewhere.
_address = "127.0.0.1" if settings.IS_LOCAL else "0.0.0.0"  # noqa: S104
bind = f"{_address}:{settings.PORT}"
# Longer than the load balancer keeps its connections, so that it never sends into a closing one.
keepalive = 5 if settings.IS_LOCAL else 75
graceful_timeout = 30
# On a disk, a slow write would look like a hanging worker.
worker_tmp_dir = str(_shared_memory) if _shared_memory.is_dir() else None
control_socket_disable = True
# Who may say that a request came by HTTPS; and nobody may say what it was for.
forwarded_allow_ips = ",".join(map(str, settings.TRUSTED_PROXIES))
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
forwarder_headers = ""


class PlatformLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Hands gunicorn's lines to the platform's logging; requests are logged by the API itself."""

    def setup(self, cfg: Config) -> None:
        self.cfg = cfg
        self._access_log_enabled = False
        logs.configure(settings.LOGGING)
        self.error_log.propagate = True


logger_class = PlatformLogger


def on_starting(server: Arbiter) -> None:  # noqa: ARG001  # gunicorn's signature
    """Load and check the application once, before any worker could fail at it in a loop."""
    shared_metrics.empty_folder(settings.METRICS_FOLDER)
    django.setup()
    found = [each for each in checks.run_checks() if not each.is_silenced()]
    for each in found:
        if not each.is_serious():
            structlog.get_logger(__name__).warning(
                "setting_doubtful", check=each.id, problem=each.msg, hint=each.hint
            )
    errors = [str(each) for each in found if each.is_serious()]
    if errors:
        raise SystemExit("\n".join(errors))


def post_worker_init(worker: Worker) -> None:  # noqa: ARG001  # gunicorn's signature
    from events import services  # noqa: PLC0415  # not before Django is set up

    services.start_counters()
    collect_rarely()


def child_exit(server: Arbiter, worker: Worker) -> None:  # noqa: ARG001  # gunicorn's signature
    from prometheus_client import multiprocess  # noqa: PLC0415  # not before its folder is known

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # it has no types
