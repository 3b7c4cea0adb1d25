"""Foreign text: what may enter, and the one way it is shown.

Textual writes raw escape sequences and runs ``[@click=…]`` markup found in strings, so text that
came from outside is refused at the API when it holds anything but visible characters, and is made
visible here before a widget, a table or a log line gets it (facts/security.md F1).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.content import Content

NAME_LIMIT = 64
NOTE_LIMIT = 500
_MARKS_IN_A_ROW = 2
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Visible to Unicode's categories, invisible to people: fillers that can make an empty-looking name.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u00ad\u034f\u17b4\u17b5")


def normal(value: str) -> str:
    """``value`` as it is stored: NFC, runs of white space folded to one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", value).split(" ")).strip(" ")


def objection(value: str, limit: int = NAME_LIMIT) -> str | None:
    """Why ``value`` may not enter as one line of text, as a problem code; ``None`` if it may.

    ``limit`` is in characters. Codes: ``text_too_long``, ``text_hidden_characters``,
    ``text_too_many_marks``.
    """
    if len(value) > limit:
        return "text_too_long"
    marks = 0
    for character in value:
        category = unicodedata.category(character)
        if _is_hidden(character, category):
            return "text_hidden_characters"
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MARKS_IN_A_ROW:
            return "text_too_many_marks"
    return None


def visible(value: str, limit: int = NOTE_LIMIT) -> str:
    """``value`` fit for any terminal: hidden characters become marks, floods and excess are cut."""
    shown: list[str] = []
    marks = 0
    for character in value[:limit]:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if _is_hidden(character, category):
            shown.append(_mark(character))
        elif marks <= _MARKS_IN_A_ROW:
            shown.append(character)
    return "".join(shown) + ("…" if len(value) > limit else "")


def content(value: str, style: str = "") -> Content:
    """``value`` as Textual content: visible, and its brackets are only brackets."""
    from textual.content import Content

    return Content.styled(visible(value), style) if style else Content(visible(value))


def escaped_json(document: str) -> str:
    """A JSON ``document`` fit for any terminal: JSON escapes C0 only, C1, bidi and their like act as well."""
    return "".join(_escaped(character) for character in document)


def name_key(value: str) -> str:
    """The form by which names are compared and sorted: compatibility-folded, without case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())


def is_hidden(character: str) -> bool:
    """Whether ``character`` cannot be seen, or acts instead of being seen."""
    return _is_hidden(character, unicodedata.category(character))


def _is_hidden(character: str, category: str) -> bool:
    return category in _HIDDEN or character in _BLANK or (category == "Zs" and character != " ")


def _escaped(character: str) -> str:
    if character == "\n" or not is_hidden(character):
        return character
    import json  # the screens are painted without it

    return json.dumps(character)[1:-1]


def _mark(character: str) -> str:
    """A visible stand-in: U+FFFD alone would not tell one attack from another."""
    return f"<{ord(character):04X}>"
