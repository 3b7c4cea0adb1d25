"""A name and what belongs to it; some languages put a space before the colon."""

from __future__ import annotations

from vestibule.i18n import _


def pair(name: str, value: str) -> str:
    """``Location: Bern``."""
    return _("%(name)s: %(value)s") % {"name": name, "value": value}


def asked_pair(name: str, value: str) -> str:
    """``SMS allowed: on?``."""
    return _("%(name)s: %(value)s?") % {"name": name, "value": value}
