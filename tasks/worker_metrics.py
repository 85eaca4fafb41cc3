"""Each worker process serves what it counts, at the first free port of its host's."""

import os

import structlog
from celery.signals import worker_init
from django.conf import settings
from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from events import metrics

logger = structlog.get_logger(__name__)

# As many worker processes of one host can be told apart.
_PORTS = 16


@worker_init.connect(weak=False)
def serve_metrics(**_: object) -> None:
    """Serve from a thread; a worker without a port works all the same, and says so."""
    metrics.WORKER_SLOTS.set(settings.WORKER_CONCURRENCY)
    first = settings.WORKER_METRICS_PORT
    for port in range(first, first + _PORTS):
        try:
            start_http_server(port, settings.EXPORTER_HOST, registry=_registry())
        except OSError:
            continue
        logger.debug("metrics_served", port=port)
        return
    logger.warning("metrics_not_served", reason=f"ports {first} to {port} are taken")


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it has no types
    return registry
