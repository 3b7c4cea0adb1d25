"""The address of this machine among others, for a server that listens wherever it is reached."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Final

_ANYBODY: Final = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses that nobody has (RFC 5737 §3, RFC 3849 §2): the way to them is the way to others."""
_ANY_PORT: Final = 9


def own_address() -> str:
    """The address by which this machine would come to others; empty when it is alone. Nothing is sent."""
    for family, somebody in _ANYBODY:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as asking:
                asking.connect((somebody, _ANY_PORT))
                return str(asking.getsockname()[0])
        except OSError:
            continue
    return ""


def is_everywhere(host: str) -> bool:
    """Whether a server on ``host`` listens on all addresses of its machine."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False
