"""What somebody types or pastes to name a site: an address, or the link of an onboarding QR code."""

from __future__ import annotations

import re
from typing import NamedTuple

from vestibule.config import DEFAULT_PORT
from vestibule.remote.sites import address_of
from vestibule.text import is_hidden

_LINK = re.compile(r"(?P<address>.*)/j/(?P<code>[0-9a-z-]{4,40})/?", re.IGNORECASE)


_GROUP = 4


class Named(NamedTuple):
    """A site's address, and the one-time code that came with it."""

    address: str
    code: str = ""


def named(written: str) -> Named:
    """The site that somebody means by ``written``. Raises ValueError when it is none.

    Without a scheme https is meant, and in an address that names no port the one that servers usually have.
    """
    written = written.strip()
    if not written or any(is_hidden(letter) or letter.isspace() for letter in written):
        raise ValueError(written)
    link = _LINK.fullmatch(written)
    place = link["address"] if link else written
    if "://" not in place:
        if "/" in place:
            raise ValueError(written)
        place = f"https://{place}" if link or _has_port(place) else f"https://{place}:{DEFAULT_PORT}"
    return Named(address_of(place), _grouped(link["code"]) if link else "")


def _grouped(code: str) -> str:
    """As it is shown to people: ``7KQM-4XPT-9D2H``."""
    letters = code.replace("-", "").upper()
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def _has_port(place: str) -> bool:
    return re.search(r"(\]|^[^:]*):[0-9]+$", place) is not None
