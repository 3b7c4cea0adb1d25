"""``[cloud]`` of the host's config.toml: which cloud the site has. Nobody sets it over the network."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from vestibule import properties
from vestibule.fingerprint import digits

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class CloudAddress:
    """``fingerprint``: SHA-256 of the cloud's self-made certificate, in lower case; empty for others."""

    url: str
    fingerprint: str = ""


def load(table: Mapping[str, object]) -> CloudAddress | None:
    """What ``table`` says; None when there is none. Raises ValueError when it cannot be meant."""
    if "address" not in table:
        return None
    written, mark = table["address"], table.get("fingerprint", "")
    if not isinstance(written, str) or not isinstance(mark, str):
        raise ValueError('[cloud] needs address = "https://…"')
    if digits(mark) and not _FINGERPRINT.fullmatch(digits(mark)):
        raise ValueError("[cloud] fingerprint has 64 hexadecimal digits")
    return CloudAddress(normal(written), digits(mark))


def normal(written: str) -> str:
    """``scheme://host:port``. Raises ValueError for anything else, and for plain http beyond this machine.

    Names of other alphabets are written as ``xn--…``: one letter that looks like another is seen so.
    """
    parts = urlsplit(written.strip())
    odd = parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/")
    if parts.scheme not in ("http", "https") or not parts.hostname or odd:
        raise ValueError("[cloud] address is https://HOST or https://HOST:PORT")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("[cloud] address must begin with https: a password goes there")
    host = _host(parts.hostname)
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def _host(written: str) -> str:
    try:
        host = str(properties.normal("external_ip", written))
    except ValueError:
        raise ValueError("[cloud] address is https://HOST or https://HOST:PORT") from None
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
