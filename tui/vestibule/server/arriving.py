"""Where a request comes from, and by which path."""

from __future__ import annotations

import ipaddress

from starlette.requests import Request

from vestibule.models import Path


def source_of(request: Request) -> str:
    """The address a request came from."""
    return request.client.host if request.client else "local"


def path_of(request: Request) -> Path:
    """The path it took: from this machine and from private networks it is the local one."""
    try:
        address = ipaddress.ip_address(source_of(request))
    except ValueError:
        return Path.LOCAL
    return Path.LOCAL if address.is_private else Path.EXTERNAL


def token_of(request: Request) -> str:
    """The bearer token of a request; empty when it has none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
