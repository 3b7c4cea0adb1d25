"""How many messages a text takes on the air (3GPP TS 23.038: GSM-7 with its extension table, else UCS-2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # each after an escape: two septets
_GSM7 = (160, 153)  # septets in a message of its own, and in one part of several
_UCS2 = (70, 67)  # UTF-16 units, the same


@dataclass(frozen=True)
class Parts:
    """``units`` are septets or UTF-16 units, of which ``parts`` messages are made."""

    alphabet: Literal["gsm7", "ucs2"]
    parts: int
    units: int


def gsm7_safe(text: str) -> bool:
    """Whether every phone and every modem setting carries ``text`` as it is."""
    return all(character in _BASIC or character in _EXTENSION for character in text)


def parts(text: str) -> Parts:
    """What sending ``text`` takes; an empty text is still one message."""
    if gsm7_safe(text):
        widths = [2 if character in _EXTENSION else 1 for character in text]
        return Parts("gsm7", _filled(widths, *_GSM7), sum(widths))
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Parts("ucs2", _filled(widths, *_UCS2), sum(widths))


def _filled(widths: Iterable[int], alone: int, joined: int) -> int:
    """How many parts; neither an escaped character nor a surrogate pair is cut in two."""
    count, used, total = 1, 0, 0
    for width in widths:
        total += width
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return 1 if total <= alone else count
