"""What somebody types or pastes to find a site through its cloud: a serial number, or a link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from vestibule import cloud_address, properties, signatures
from vestibule.remote import host_names
from vestibule.text import is_hidden

_PATH = re.compile(r"/s/(?P<serial>[^/]+)/?", re.IGNORECASE)


@dataclass(frozen=True)
class Sought:
    """A site to be found."""

    serial: str
    cloud: str = ""
    """The cloud's address; empty when only the serial number was given."""
    mark: str = ""
    """The fingerprint of the site's key, by which forged addresses are recognised; empty when not known."""
    code: str = ""
    """The one-time code that came with the link. It is never sent to the cloud."""


def sought(written: str) -> Sought:
    """The site that is meant. Raises ValueError when it is none."""
    written = written.strip()
    if not written or any(is_hidden(letter) for letter in written):
        raise ValueError(written)
    if "/" not in written:
        return Sought(serial_of(written))
    parts = urlsplit(written)
    path = _PATH.fullmatch(parts.path)
    if path is None:
        raise ValueError(written)
    host_names.check(parts.hostname or "")
    query = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
    return Sought(
        serial=serial_of(path["serial"]),
        cloud=cloud_address.normal(f"{parts.scheme}://{parts.netloc}"),
        mark=signatures.normal_fingerprint(query.get("k", "")),
        code=parts.fragment.upper(),
    )


def is_link(written: str) -> bool:
    """Whether it looks like a link through a cloud, right or wrong."""
    return "/s/" in written.lower()


def may_be_serial(written: str) -> bool:
    """Whether it is one word that may be a serial number. It may also be the name of a computer."""
    try:
        return bool(serial_of(written.strip()))
    except ValueError:
        return False


def serial_of(written: str) -> str:
    """A serial number as it is stored. Raises ValueError when it is none."""
    serial = str(properties.normal("serial_number", written))
    if not serial:
        raise ValueError(written)
    return serial
