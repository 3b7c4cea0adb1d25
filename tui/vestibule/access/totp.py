"""Codes of authenticator apps: RFC 6238 with SHA-1, 6 digits, steps of 30 s, one step either way.

PyOTP does the arithmetic; which step a code belongs to, and whether it was taken before, is ours to
keep (RFC 6238 §5.2).
"""

from __future__ import annotations

import hmac
import re
from typing import Final
from urllib.parse import quote

import pyotp

from vestibule.access.refused import Refused

STEP: Final = 30_000
"""Milliseconds."""
AROUND = 1
"""Steps before and after the current one that are taken: network delay and a slow thumb."""
_FAR = 10
"""Steps either way within which a code tells of a wrong clock; it is not taken."""
_SIX_DIGITS = re.compile(r"[0-9]{6}")
_NAME_LIMIT = 24


def new_secret() -> str:
    """160 random bits in base32 (RFC 4226 §4 R6)."""
    return pyotp.random_base32()


def digits(typed: str) -> str:
    """The six ASCII digits meant by ``typed``, spaces and dashes left out.

    Raises Refused ``factor_code_incomplete``; nobody has guessed anything then.
    """
    plain = re.sub(r"[ \u00a0\u202f-]", "", typed)
    if not _SIX_DIGITS.fullmatch(plain):
        raise Refused("factor_code_incomplete", field="code")
    return plain


def step_of(secret: str, plain: str, now: int, last_step: int) -> int:
    """The time step whose code ``plain`` is, later than ``last_step``.

    Raises Refused: ``factor_code_used`` for a step not later, ``clock_differs`` (detail: seconds by
    which the phone is ahead) for one too far from ``now``, else ``factor_code_wrong``.
    """
    current = now // STEP
    code = pyotp.TOTP(secret)
    near = [offset for offset in sorted(range(-_FAR, _FAR + 1), key=abs) if current + offset >= 0]
    # All are computed, whichever matches: the time taken tells nothing.
    matching = [step for step in near if hmac.compare_digest(code.generate_otp(current + step), plain)]
    taken = [current + step for step in matching if abs(step) <= AROUND]
    later = [step for step in taken if step > last_step]
    if later:
        return min(later)
    if taken or any(current + step <= last_step for step in matching):
        raise Refused("factor_code_used", field="code")
    if matching:
        raise Refused("clock_differs", field="code", detail=str(matching[0] * STEP // 1000))
    raise Refused("factor_code_wrong", field="code")


def uri(secret: str, site: str, account: str) -> str:
    """``otpauth://`` for a QR code: short, without what is default anyway, the secret last."""
    issuer, name = _label(site) or "Vestibule", _label(account) or "?"
    issuer, name = quote(issuer, safe=""), quote(name, safe="")
    return f"otpauth://totp/{issuer}:{name}?issuer={issuer}&secret={secret}"


def _label(shown: str) -> str:
    """A colon would move the border between issuer and account, also when it is escaped."""
    return " ".join(shown.replace(":", " ").split())[:_NAME_LIMIT].strip()
