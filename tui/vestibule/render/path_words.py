"""Paths to a server, and why none leads there, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vestibule.i18n import _, pgettext
from vestibule.models import Path
from vestibule.remote.errors import NoPath, Unreachable
from vestibule.render.when import moment
from vestibule.text import visible

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo


def word(path: Path | None) -> str:
    """A path in one word, for the header; empty for an address that somebody typed."""
    known = {
        Path.LOCAL: pgettext("a path", "local"),
        Path.EXTERNAL: pgettext("a path", "external"),
        Path.CLOUD: pgettext("a path", "cloud"),
    }
    return known[path] if path is not None else ""


def taken(path: Path | None, milliseconds: int) -> str:
    """By which path a server answered, and how soon: ``local · 12 ms``."""
    known = {
        Path.LOCAL: pgettext("a path", "local"),
        Path.EXTERNAL: _("by the external address"),
        Path.CLOUD: _("through the cloud"),
    }
    soon = _("%d ms") % milliseconds
    return f"{known[path]} · {soon}" if path is not None else _("answers · %s") % soon


def named(site: str, path: Path | None) -> str:
    """A site with the path by which one has come: ``Haus Lindenhof · cloud``. Foreign text."""
    return f"{site} · {word(path)}" if word(path) else site


def unreachable(error: Unreachable, address: str) -> str:
    """That a server does not answer, by which path, and why."""
    if not isinstance(error, NoPath):
        said = _("%(address)s does not answer (%(why)s). Trying again …")
        return said % {"address": visible(address), "why": visible(str(error))}
    return _("No path leads to the server: %s. Trying again …") % failures(error)


def failures(error: NoPath) -> str:
    """The paths that lead nowhere, and why."""
    each = (f"{word(failure.path) or visible(failure.address)} – {failure.why}" for failure in error.failures)
    return "; ".join(each)


def lost_words(since: datetime, now: datetime, site: ZoneInfo) -> list[str]:
    """That the line is lost, since when, from the longest words to the shortest."""
    at = moment(since, now, site)
    return [
        _("! no connection since %s, trying again") % at,
        _("! no connection since %s") % at,
        # Translators: at most 12 letters beside %s: there are 38 cells for this and six digits.
        _("! offline %s") % at,
        _("! offline"),
    ]


def stale(since: datetime, why: str, now: datetime, site: ZoneInfo) -> str:
    """That what is on the screen may be old."""
    told = {"at": moment(since, now, site), "why": visible(why)}
    return _("What you see is from %(at)s: %(why)s. What you type stays.") % told
