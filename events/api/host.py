"""The host that the process runs on: what is wrong with it, and who may hear of it."""

import shutil
import tempfile
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from django.conf import settings

# Metrics are written through memory maps: a full disk under them ends the process by SIGBUS.
_FREE_BYTES_WANTED = 16 * 1024 * 1024


def find_host_faults() -> list[str]:
    """Name what keeps this host from serving."""
    folders = [tempfile.gettempdir(), settings.METRICS_FOLDER]
    return [f"no space left in {each}" for each in folders if _is_full(each)]


def _is_full(folder: str) -> bool:
    # Under a single process, as in development, there is no folder of metrics.
    return Path(folder).is_dir() and shutil.disk_usage(folder).free < _FREE_BYTES_WANTED


def is_asked_from_inside(environ: Mapping[str, Any]) -> bool:
    """Say whether the request comes from this network, and not from outside by a load balancer."""
    if "HTTP_X_FORWARDED_FOR" in environ:
        return False
    try:
        peer = ip_address(environ.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return peer.is_loopback or peer.is_private
