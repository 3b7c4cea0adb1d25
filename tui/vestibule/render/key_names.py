"""The names of keys as they are printed on the person's keyboard. In the code they are English."""

from __future__ import annotations

import re

from vestibule.i18n import pgettext

_NAME = re.compile(r"[A-Za-z]+")


def spoken(keys: str) -> str:
    """``Enter/Esc`` or ``Tab/↑↓`` in the person's language; other keys are the same everywhere."""
    names = _names()
    return _NAME.sub(lambda found: names.get(found[0], found[0]), keys)


def _names() -> dict[str, str]:
    return {
        "Esc": pgettext("a key", "Esc"),
        "Enter": pgettext("a key", "Enter"),
        "Space": pgettext("a key", "Space"),
        "Del": pgettext("a key", "Del"),
        "Tab": pgettext("a key", "Tab"),
        "PgUp": pgettext("a key", "PgUp"),
        "PgDn": pgettext("a key", "PgDn"),
        "Home": pgettext("a key", "Home"),
        "End": pgettext("a key", "End"),
    }
