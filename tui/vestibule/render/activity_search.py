"""What a person types to find decisions, as the server understands it: each word with what it may mean."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from vestibule.i18n import current
from vestibule.render.audit_words import all_words
from vestibule.text import name_key, normal

_MOST_WORDS: Final = 8
_LEAST: Final = 2
"""Letters of a word that is looked for in words of ours."""
_MOST_CODES: Final = 60
"""A word that means more than that tells nothing."""
_ROOM: Final = 4000
_LONGEST: Final = 64


def match(typed: str) -> str:
    """The ``match`` of an ``AuditFilter`` for ``typed``; empty for nothing."""
    words = normal(typed).split()[:_MOST_WORDS]
    lines = [" ".join([word[:_LONGEST], *_codes(word)]) for word in words]
    whole = "\n".join(lines)
    return whole if len(whole) <= _ROOM else "\n".join(word[:_LONGEST] for word in words)


def _codes(word: str) -> list[str]:
    """The codes of actors, actions and outcomes in whose words ``word`` is found."""
    key = name_key(word)
    if len(key) < _LEAST:
        return []
    found = [code for code, words in _keys(current()).items() if key in words]
    return found if len(found) <= _MOST_CODES else []


@cache
def _keys(_language: str) -> Mapping[str, str]:
    """Kept for each language: making them anew at each letter would be felt."""
    return {code: name_key(words) for code, words in all_words().items()}
