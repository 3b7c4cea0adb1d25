"""A certificate's fingerprint, as people compare it."""

from __future__ import annotations

from hashlib import sha256

_GROUP = 4


def digits(written: str) -> str:
    """A fingerprint as programs compare it: lower case, without what people group it by."""
    return "".join(written.lower().replace(":", " ").split())


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of a certificate in DER, in sixteen groups of four hexadecimal digits."""
    return grouped(sha256(certificate).hexdigest())


def grouped(digest: str) -> str:
    """Hexadecimal digits as people compare them: ``9F3A 01C7 …``."""
    digits = digest.upper()
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))
