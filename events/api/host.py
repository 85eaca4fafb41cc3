"""The host that the process runs on: what is wrong with it, and who asks from where."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from typing import Any, TypeAlias

from django.conf import settings

Address: TypeAlias = IPv4Address | IPv6Address

# Metrics are written through memory maps: a full disk under them ends the process by SIGBUS.
_FREE_BYTES_WANTED = 16 * 1024 * 1024
# Whoever passes a request on says so in one of these: it came from elsewhere.
_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


def find_host_faults() -> list[str]:
    """Name what keeps this host from serving."""
    folders = [tempfile.gettempdir(), settings.METRICS_FOLDER]
    return [f"no space left in {each}" for each in folders if _is_full(each)]


def is_asked_from_inside(environ: Mapping[str, Any]) -> bool:
    """Say whether the request comes from this network, and not from outside by a load balancer.

    A header can only make a caller an outsider: forging one opens nothing.
    """
    if any(name in environ for name in _PASSED_ON):
        return False
    peer = _parse(environ.get("REMOTE_ADDR", ""))
    return peer is not None and _is_within(peer, settings.INSIDE_NETWORKS)


def find_client_address(environ: Mapping[str, Any]) -> str:
    """Return who asks: the peer, or whom a trusted proxy names, and nobody else's word for it.

    Each proxy adds the address that it saw at the end, so only what stands behind the last
    untrusted one is forged, if anything is.
    """
    peer = environ.get("REMOTE_ADDR", "")
    hops: list[str] = [*environ.get("HTTP_X_FORWARDED_FOR", "").split(","), peer]
    while len(hops) > 1 and _is_trusted_proxy(hops[-1]) and _parse(hops[-2]) is not None:
        hops.pop()
    return hops[-1].strip()


def _is_full(folder: str) -> bool:
    # Under a single process, as in development, there is no folder of metrics.
    return Path(folder).is_dir() and shutil.disk_usage(folder).free < _FREE_BYTES_WANTED


def _is_trusted_proxy(text: str) -> bool:
    address = _parse(text)
    return address is not None and _is_within(address, settings.TRUSTED_PROXIES)


def _is_within(address: Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    # How a socket that takes both families writes an IPv4 peer.
    return getattr(address, "ipv4_mapped", None) or address
