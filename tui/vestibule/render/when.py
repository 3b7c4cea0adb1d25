"""Times as people read them: countdowns, and moments in the site's own zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from vestibule.i18n import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_LAST_MILLISECOND = time(23, 59, 59, 999_000)


def zone(name: str) -> ZoneInfo:
    """The site's zone; UTC where this machine does not know it."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # 3 ms, which the first paint does not need

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def countdown(end: datetime, now: datetime) -> str:
    """What is left until ``end``: ``1:58:02``, ``9:05``, ``3 d 04:00``; ``0:00`` when it is over."""
    left = max(timedelta(0), end - now)
    hours, rest = divmod(int(left.total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    if hours >= 24:
        days, hours = divmod(hours, 24)
        return _("%(days)d d %(hours)02d:%(minutes)02d") % {"days": days, "hours": hours, "minutes": minutes}
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def moment(when: datetime, now: datetime, site: ZoneInfo) -> str:
    """A moment at the site: ``11:00`` today, ``Sun 11:00`` within a week, else ``2026-12-31 11:00``."""
    local, today = when.astimezone(site), now.astimezone(site).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return clock
    if abs((local.date() - today).days) < 7:
        return f"{weekday(local.isoweekday())} {clock}"
    return f"{local:%Y-%m-%d} {clock}"


def day(when: datetime, now: datetime, site: ZoneInfo) -> str:
    """A day at the site: ``today``, ``Sun`` within a week, else ``2026-12-31``."""
    local, today = when.astimezone(site), now.astimezone(site).date()
    if local.date() == today:
        return _("today")
    return weekday(local.isoweekday()) if abs((local.date() - today).days) < 7 else f"{local:%Y-%m-%d}"


def first(when: datetime, now: datetime, site: ZoneInfo) -> str:
    """The moment something begins: a day's very first is written as that day alone."""
    begins_a_day = when.astimezone(site).time() == time.min
    return day(when, now, site) if begins_a_day else moment(when, now, site)


def last(when: datetime, now: datetime, site: ZoneInfo) -> str:
    """The moment something ends: a day's last millisecond is written as that day alone."""
    ends_a_day = when.astimezone(site).time() >= _LAST_MILLISECOND
    return day(when, now, site) if ends_a_day else moment(when, now, site)


def weekday(number: int) -> str:
    """The short name of an ISO weekday."""
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))[number - 1]
