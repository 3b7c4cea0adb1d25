"""What a client is told of the paths to this server, for the next time it comes."""

from __future__ import annotations

import ipaddress

from vestibule.access import settings
from vestibule.models import Addresses, ConnectionPolicy, Paths
from vestibule.store.engine import Transaction


def told(tx: Transaction, relay: str, local: str) -> Paths:
    """The policy and the address of each path, as System says.

    ``relay`` is the host's own word; ``local`` the address it has, where System names none. Rows of System
    that have no effect while *Cloud* is off have none here.
    """
    known = settings.in_force(tx)
    policy = ConnectionPolicy(known["cloud_connection_policy"])
    port = known["client_port"]
    return Paths(
        policy=policy if known["cloud"] else ConnectionPolicy.LOCAL_ONLY,
        addresses=Addresses(
            local=_url(known["local_ip"] or local, port),
            external=_url(known["external_ip"], port),
            cloud=(relay or None) if known["cloud"] else None,
        ),
        serial_number=known["serial_number"],
        automatic_connection=bool(known["cloud"] and known["automatic_connection"]),
    )


def _url(host: str, port: int) -> str | None:
    """Beyond this machine it is always https; an address that means another machine there is none."""
    if not host or _is_ones_own(host):
        return None
    return f"https://{f'[{host}]' if ':' in host else host}:{port}"


def _is_ones_own(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified
