"""Networks as they are written in settings, and which of them an address lies in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SOCKET = "socket"
"""How the unix socket is written where a network may stand."""
_LONGEST = 64
LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
# Not ``is_private``: that counts documentation and benchmark networks in as well.
PRIVATE: tuple[Network, ...] = (
    *LOOPBACK,
    *map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")),
    *map(ipaddress.ip_network, ("fc00::/7", "fe80::/10")),
)


def network(written: str) -> Network:
    """``10.1.0.0/16``, ``fd00::/8`` or a single address. Raises ValueError, also for bits beside the mask."""
    return ipaddress.ip_network(written.strip())


def address(written: str) -> Address | None:
    """The address ``written`` is, without port, zone or IPv4's disguise as IPv6; None when it is none."""
    return _address(written) if len(written) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _address(written: str) -> Address | None:
    bare = written.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def lies_in(found: Address, networks: Iterable[Network]) -> bool:
    """Whether ``found`` lies in one of ``networks``."""
    return any(found in one for one in networks)
