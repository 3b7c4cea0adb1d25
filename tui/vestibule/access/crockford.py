"""Crockford's base32: codes that people read aloud and type, whatever they make of O, I and L."""

from __future__ import annotations

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP = 4
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "‐": None, "–": None})


def new(length: int) -> str:
    """A random code of ``length`` characters, 5 bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def normal(typed: str, length: int) -> str | None:
    """The code meant by ``typed``: case, spaces and dashes do not count. None when it is not whole."""
    plain = typed.strip().upper().translate(_READ_AS)
    return plain if len(plain) == length and set(plain) <= set(ALPHABET) else None


def grouped(plain: str) -> str:
    """A code as people read it: ``XXXX-XXXX-XXXX``."""
    return "-".join(plain[i : i + _GROUP] for i in range(0, len(plain), _GROUP))
