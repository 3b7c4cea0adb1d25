"""Translation: every string a person sees passes through here.

Catalogues live in ``locale/``: the .po files are what people translate, the .mo files are made of them when
Vestibule is installed (``tui/_build``). Without one for the language the English of the source is shown.
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

LOCALE_FOLDER = Path(__file__).parent / "locale"
DOMAIN = "vestibule"
_NO_LANGUAGE = frozenset({"C", "POSIX"})
_current = SOURCE


@cache
def _catalogue(language: str) -> NullTranslations:
    import gettext

    return gettext.translation(DOMAIN, str(LOCALE_FOLDER), [language], fallback=True)


def use(language: str) -> None:
    """Speak ``language`` from now on; an unknown code means English."""
    global _current
    _current = language if language in LANGUAGES else SOURCE


def current() -> str:
    """The code of the language in use."""
    return _current


def following(language: str) -> str:
    """The language after ``language``, the first one after the last."""
    codes = list(LANGUAGES)
    return codes[(codes.index(language) + 1) % len(codes)]


def preferred(environ: Mapping[str, str] = os.environ, chosen: str = "") -> str:
    """The language to begin with: ``VESTIBULE_LANGUAGE``, else what was ``chosen``, else the locale's."""
    for wish in (environ.get("VESTIBULE_LANGUAGE", ""), chosen):
        if wish[:2].lower() in LANGUAGES:
            return wish[:2].lower()
    return _of_locale(environ)


def _of_locale(environ: Mapping[str, str]) -> str:
    """The first language that Vestibule speaks, in POSIX' order of variables; the locale C has none."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for name in environ.get(variable, "").split(":"):
            if name[:2].lower() in LANGUAGES:
                return name[:2].lower()
            if name.split(".")[0] in _NO_LANGUAGE:
                return SOURCE
    return SOURCE


def _(message: str) -> str:
    """``message`` in the current language."""
    # To gettext the empty message is the catalogue's header.
    return message if _current == SOURCE or not message else _catalogue(_current).gettext(message)


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
