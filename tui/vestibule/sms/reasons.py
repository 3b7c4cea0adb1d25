"""A gateway's own words, made fit to be kept: no secret, no code, one short line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from vestibule.text import visible

LIMIT = 200
DOTS = "••••"
_DIGITS = re.compile(r"[0-9](?:[ \-]?[0-9]){2,}")
_WORD = re.compile(r"\w{4,}")
_SHORTEST_PIECE = 3


def fit(words: str, secrets: Iterable[str] = (), text: str = "") -> str:
    """``words`` as one line of at most 200 characters in which ``secrets`` and ``text`` are dots.

    A gateway may echo only a piece of a text, so its digits go wherever they stand, and so does any
    word of it that has a digit.
    """
    for form in sorted(_forms([*secrets, text]), key=len, reverse=True):
        words = words.replace(form, DOTS)
    words = _without_codes(words, text)
    return shortened(visible(" ".join(words.split()), len(words)))


def shortened(words: str) -> str:
    """``words`` cut to the length a reason may have."""
    return words if len(words) <= LIMIT else words[: LIMIT - 1] + "…"


def sentence(reason: str) -> str:
    """``reason`` as a sentence of its own."""
    return f"{reason[:1].upper()}{reason[1:]}."


def _forms(secrets: Iterable[str]) -> set[str]:
    """Each secret as it is and as URLs, forms and JSON write it."""
    forms: set[str] = set()
    for secret in filter(None, secrets):
        escaped = json.dumps(secret)[1:-1]
        forms |= {secret, quote(secret, safe=""), quote_plus(secret), escaped, " ".join(secret.split())}
    return forms - {""}


def _without_codes(words: str, text: str) -> str:
    said = "".join(character for character in text if character.isascii() and character.isdigit())
    telling = {word for word in _WORD.findall(text) if any(character.isdigit() for character in word)}

    def dots_for_digits(found: re.Match[str]) -> str:
        digits = re.sub(r"[ \-]", "", found[0])
        return DOTS if _shares_a_piece(digits, said) else found[0]

    words = _DIGITS.sub(dots_for_digits, words)
    return _WORD.sub(lambda found: DOTS if found[0] in telling else found[0], words)


def _shares_a_piece(digits: str, said: str) -> bool:
    last = len(digits) - _SHORTEST_PIECE + 1
    return any(digits[start : start + _SHORTEST_PIECE] in said for start in range(last))
