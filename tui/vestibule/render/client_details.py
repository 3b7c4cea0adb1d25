"""What is known of a client, as labelled lines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from vestibule import i18n, text
from vestibule.i18n import _
from vestibule.models import Client, FactorKind, Kind
from vestibule.render.when import countdown, first, last, moment, weekday

if TYPE_CHECKING:
    from textual.content import Content

Detail = tuple[str, str]
"""A label of ours and a value that may be foreign text."""


def details(client: Client, now: datetime, site: ZoneInfo, *, own: bool = False) -> list[Detail]:
    """The lines for an admin, or for the client itself (``own``)."""
    opens = (_("You may open"), client.profile or _("nothing in particular yet"))
    found = [
        (_("Name"), client.name or "–"),
        opens if own else (_("Profile"), client.profile),
        (_("Access"), access(client, now, site)),
        (_("Days, hours"), hours(client)),
        (_("Kind"), kind(client)),
        (_("Username"), client.username or ""),
    ]
    if not own:
        found += _for_admins(client, now, site)
    return [(label, value) for label, value in found if value]


def _for_admins(client: Client, now: datetime, site: ZoneInfo) -> list[Detail]:
    seen = client.last_login_at
    return [
        (_("Two factors"), two_factors(client)),
        (_("Options"), _("cloud access") if client.cloud_access else ""),
        (_("Phone"), client.phone or ""),
        (_("Language"), i18n.LANGUAGES.get(client.language or "", "")),
        (_("Last sign-in"), moment(seen, now, site) if seen else _("never")),
        (_("Note"), client.note),
    ]


def access(client: Client, now: datetime, site: ZoneInfo, *, brief: bool = False) -> str:
    """Whether and until when the client may come in, in words; ``brief``: not for how long that is."""
    if not client.enabled:
        return _("switched off")
    if client.valid_until is not None and now > client.valid_until:
        return _("ended %(at)s") % {"at": last(client.valid_until, now, site)}
    parts = []
    if client.valid_from is not None and now < client.valid_from:
        parts.append(_("from %(at)s") % {"at": first(client.valid_from, now, site)})
    if client.valid_until is None:
        parts.append(_("no end"))
    else:
        left = countdown(client.valid_until, now)
        end = last(client.valid_until, now, site)
        until = _("until %(at)s") if brief else _("until %(at)s (%(left)s left)")
        parts.append(until % {"at": end, "left": left})
    return ", ".join(parts)


def two_factors(client: Client) -> str:
    """What is set up, and who asks for it; nothing when there is neither."""
    if not (client.factors or client.asked or client.require_two_factors):
        return ""
    names = {FactorKind.APP: _("authenticator app"), FactorKind.SMS: _("SMS")}
    have = ", ".join(names[factor] for factor in client.factors) or _("none set up")
    return " · ".join([have, _asked_by(client)])


def _asked_by(client: Client) -> str:
    if client.require_two_factors:
        return _("required of this client") if client.asked else _("required once two-factor login is on")
    return _("by own choice or by the policy") if client.factors else _("asked by the policy")


def hours(client: Client) -> str:
    """The weekly window, or nothing when there is none."""
    every_day = len(client.weekdays) in (0, 7)
    all_day = (client.hours_from, client.hours_until) == (0, 1440)
    days = "" if every_day else ", ".join(weekday(day) for day in client.weekdays)
    window = "" if all_day else f"{_clock(client.hours_from)}–{_clock(client.hours_until)}"
    return " ".join(part for part in (days, window) if part)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def kind(client: Client) -> str:
    """Staff or guest, and what more."""
    words = [_("staff") if client.kind is Kind.INTERNAL else _("guest")]
    words += [_("admin")] if client.admin else []
    words += [_("service account")] if client.service else []
    return " · ".join(words)


def lines(found: list[Detail], width: int) -> Content:
    """The details one under another in ``width`` cells: labels in a column, long values below themselves."""
    from textual.content import Content

    column = max((len(label) for label, _value in found), default=0) + 2
    room = max(8, width - column)
    parts: list[Content] = []
    for label, value in found:
        wrapped = text.content(value).wrap(room) or [Content("")]
        for number, line in enumerate(wrapped):
            head = (label if number == 0 else "").ljust(column)
            parts.append(Content.assemble((head, "$text-muted"), line.rstrip()))
    return Content("\n").join(parts)
