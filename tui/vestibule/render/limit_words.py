"""How long a session lasts, as rows that can be edited."""

from __future__ import annotations

from typing import Final

from vestibule.device_models import Limits
from vestibule.i18n import _, ngettext
from vestibule.render.property_words import Line

LIMITS: Final = ("admin_idle_minutes", "idle_minutes", "session_hours")
_RANGES: Final = {"admin_idle_minutes": (0, 1440), "idle_minutes": (0, 1440), "session_hours": (1, 720)}


def limit_of(line: Line | None) -> str:
    """The limit a line is about; empty when it is about something else."""
    return line.key if line is not None and line.key in LIMITS else ""


def lines(limits: Limits) -> list[Line]:
    """The limits under their heading."""
    rows = [Line(labels()[name], name, value(name, getattr(limits, name))) for name in LIMITS]
    return [Line(_("Sessions end")), *rows]


def labels() -> dict[str, str]:
    """The name of every limit, in order."""
    return {
        "admin_idle_minutes": _("Admins unused for"),
        "idle_minutes": _("Others unused for"),
        "session_hours": _("Everybody after"),
    }


def value(name: str, number: int) -> str:
    """A limit in words."""
    if name == "session_hours":
        return ngettext("%d hour", "%d hours", number) % number
    return ngettext("%d minute", "%d minutes", number) % number if number else _("no end")


def explanations() -> dict[str, str]:
    """What every limit does, for two lines of 78 columns."""
    return {
        "admin_idle_minutes": _(
            "Admins are signed out and their screen is cleared when no key was pressed for so long. 0: never."
        ),
        "idle_minutes": _("The same for everybody else. 0: never, as a panel on a wall needs it."),
        "session_hours": _(
            "Everybody signs in again after so long. A remembered device does so by itself, unless it is an "
            "admin's."
        ),
    }


def unit(name: str) -> str:
    """What the number of a limit counts."""
    return _("Hours") if name == "session_hours" else _("Minutes")


def objection(name: str, written: str) -> str | None:
    """Why ``written`` is no such limit."""
    least, most = _RANGES[name]
    number = int(written) if written.isascii() and written.isdecimal() and len(written) < 6 else -1
    if least <= number <= most:
        return None
    return _("A number from %(least)d to %(most)d.") % {"least": least, "most": most}


def done(name: str, number: int) -> str:
    """What has come about."""
    return f"{labels()[name]}: {value(name, number)}."
