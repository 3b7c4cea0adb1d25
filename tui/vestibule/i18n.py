"""Translation: every string a person sees passes through here.

Catalogues live in ``locale/``; without one for the language the English of the source is shown.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

LANGUAGES: Mapping[str, str] = {"en": "English", "fr": "Français", "de": "Deutsch"}
"""Languages Vestibule speaks: ISO 639-1 code → its own name."""

SOURCE = "en"
"""The language of the source needs no catalogue, and gettext takes 7 ms to import."""

_LOCALE_FOLDER = Path(__file__).parent / "locale"
_current = SOURCE


@cache
def _catalogue(language: str) -> NullTranslations:
    import gettext

    return gettext.translation("vestibule", str(_LOCALE_FOLDER), [language], fallback=True)


def use(language: str) -> None:
    """Speak ``language`` from now on; an unknown code means English."""
    global _current
    _current = language if language in LANGUAGES else "en"


def current() -> str:
    """The code of the language in use."""
    return _current


def preferred(environ: Mapping[str, str] = os.environ) -> str:
    """The first language of the environment that Vestibule speaks (POSIX order of variables)."""
    for variable in ("VESTIBULE_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for name in environ.get(variable, "").split(":"):
            if name[:2].lower() in LANGUAGES:
                return name[:2].lower()
    return "en"


def _(message: str) -> str:
    """``message`` in the current language."""
    return message if _current == SOURCE else _catalogue(_current).gettext(message)


def in_language(language: str, message: str) -> str:
    """``message``, marked by :func:`marked`, in ``language``: a server speaks to each in their own."""
    known = language in LANGUAGES and language != SOURCE
    return _catalogue(language).gettext(message) if known else message


def marked(message: str) -> str:
    """``message`` itself: marks it for the catalogues, where it is translated later."""
    return message


def ngettext(singular: str, plural: str, number: int) -> str:
    """The right plural form for ``number`` in the current language."""
    if _current == SOURCE:
        return singular if number == 1 else plural
    return _catalogue(_current).ngettext(singular, plural, number)


def pgettext(context: str, message: str) -> str:
    """``message`` in the current language, where one English word has several meanings."""
    return message if _current == SOURCE else _catalogue(_current).pgettext(context, message)
