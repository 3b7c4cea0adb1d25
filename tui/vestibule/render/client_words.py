"""What is said of a client that is worked on: options and explanations of the editor, the reset."""

from __future__ import annotations

from vestibule.i18n import LANGUAGES, _, ngettext
from vestibule.models import Kind
from vestibule.render.client_form import Preset


def kinds() -> list[tuple[Kind, str]]:
    """Whose people, in words of a reception desk."""
    return [(Kind.INTERNAL, _("staff")), (Kind.EXTERNAL, _("guest"))]


def languages() -> list[tuple[str | None, str]]:
    """The site's own language, and each by its own name."""
    return [(None, _("site's own")), *LANGUAGES.items()]


def presets() -> list[tuple[Preset, str]]:
    """Ends on offer."""
    return [
        (Preset.HOUR, _("in 1 h")),
        (Preset.DAY, _("1 day")),
        (Preset.WEEK, _("1 week")),
        (Preset.NEVER, _("no end")),
    ]


def code_lives() -> list[tuple[int, str]]:
    """How many minutes the first code may work; 0 is no code."""
    hours = [(count * 60, ngettext("%d hour", "%d hours", count) % count) for count in (2, 8)]
    days = [(count * 1440, ngettext("%d day", "%d days", count) % count) for count in (1, 7, 30)]
    return [(30, _("30 min")), *hours, *days, (0, _("no code"))]


def explanations(site_zone: str) -> dict[str, str]:
    """What each field means and what it does, in at most two lines of 54 columns."""
    return {**_person(), **_rights(), **_time(site_zone), **_rest()}


def reset_question(name: str) -> str:
    """What resetting the two-factor login of ``name`` does."""
    return _(
        "%(name)s: second factors and recovery code are cleared, all sessions end, no device is remembered, "
        "and the client is told. Who has no password needs a new code. At its next login the client sets a "
        "factor up anew if the site asks for one."
    ) % {"name": name}


def reset_done(name: str) -> str:
    """What it has done."""
    return _("%(name)s has no second factor any more and is signed out.") % {"name": name}


def _person() -> dict[str, str]:
    return {
        "name": _("May stay empty: the list then shows the code until the guest types a name."),
        "username": _("To sign in by password: 2 to 32 letters a-z, digits, dots, dashes, underscores."),
        "profile": _("The view of the building this client gets, such as Room 12."),
        "kind": _(
            "Staff belong to the site; guests are visitors, tenants, suppliers. Two-factor rules differ."
        ),
    }


def _rights() -> dict[str, str]:
    return {
        "admin": _("May use this desk: clients, codes, settings. Changing it may ask for your password."),
        "require_two_factors": _("Must prove who they are twice, whatever the rule for staff or guests is."),
        "cloud_access": _("May also reach the building through the cloud, from anywhere."),
    }


def _time(site_zone: str) -> dict[str, str]:
    return {
        "valid_from": _(
            "2026-12-31 begins at midnight; 2026-12-31 18:00 begins at that time. Empty: at once."
        ),
        "valid_until": _(
            "2026-12-31 includes the whole day; 2026-12-31 18:00 ends at that time. Empty: no end."
        ),
        "presets": _("← → move, Space writes it into “Valid until”. Days end at midnight."),
        "weekdays": _("← → move, Space ticks. On days without a tick there is no access."),
        "hours_from": _("Daily, site time (%(zone)s). 22:00 until 06:00 goes over midnight.")
        % {"zone": site_zone},
        "hours_until": _("Daily, site time (%(zone)s). 24:00 is the end of the day.") % {"zone": site_zone},
    }


def _rest() -> dict[str, str]:
    return {
        "phone": _("With its country: +41 79 123 45 67."),
        "language": _("What this client reads. ← → choose."),
        "note": _("What the desk should remember: up to 500 characters."),
        "code_minutes": _("How long the first code can be used. It signs in once, then it is gone."),
        "save": _("Keep what is written above and close."),
        "cancel": _("Close and change nothing."),
    }
