"""Between a client and what its form shows: texts out, and only what was changed back."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from vestibule import i18n
from vestibule.i18n import _
from vestibule.models import Client, ClientFields, ClientNew, Kind
from vestibule.text import visible

CODE_MINUTES = 120
"""How long a first code lives unless asked otherwise."""
DAY_MINUTES = 24 * 60
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_LAST = timedelta(milliseconds=1)
"""The server ends a day this long before the next one begins."""


@dataclass(frozen=True)
class Values:
    """The form as it stands: what is typed is text."""

    name: str = ""
    username: str = ""
    profile: str = ""
    kind: Kind = Kind.INTERNAL
    admin: bool = False
    require_two_factors: bool = False
    cloud_access: bool = True
    valid_from: str = ""
    valid_until: str = ""
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    hours_from: str = "00:00"
    hours_until: str = "24:00"
    phone: str = ""
    language: str | None = None
    note: str = ""


class Preset(StrEnum):
    """Ends that are offered, so that nobody has to write a date."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    NEVER = "never"


def shown(client: Client | None, zone: ZoneInfo) -> Values:
    """What the form shows at first; for no client, what the server would take for granted."""
    if client is None:
        return Values()
    same = ("name", "profile", "kind", "admin", "require_two_factors", "cloud_access", "language", "note")
    plain: dict[str, Any] = {name: getattr(client, name) for name in same}
    # As its inputs show it: what cannot be shown as it is must not count as edited.
    plain |= {name: visible(plain[name]) for name in ("name", "profile", "note")}
    if client.language not in (None, *i18n.LANGUAGES):
        plain["language"] = None
    return Values(
        **plain,
        username=visible(client.username or ""),
        valid_from=typed_moment(client.valid_from, zone, end=False),
        valid_until=typed_moment(client.valid_until, zone, end=True),
        weekdays=tuple(client.weekdays),
        hours_from=clock(client.hours_from),
        hours_until=clock(client.hours_until),
        phone=visible(client.phone or ""),
    )


def objections(values: Values) -> dict[str, str]:
    """What can be said to be wrong without asking the server: field → sentence."""
    wrong = {}
    for name in ("hours_from", "hours_until"):
        try:
            _hours(getattr(values, name), 0)
        except ValueError:
            wrong[name] = _("Write the time as 08:30, from 00:00 to 24:00.")
    return wrong


def added(values: Values, code_minutes: int) -> ClientNew:
    """The request that adds a client. Raises ValueError where :func:`objections` has one."""
    return ClientNew(**_sent(values), code_minutes=code_minutes)


def changed(client: Client, values: Values, zone: ZoneInfo) -> ClientFields:
    """Only what differs from what was shown: a moment's seconds survive as long as nobody types there.

    Raises ValueError where :func:`objections` has one.
    """
    before, now = _sent(shown(client, zone)), _sent(values)
    return ClientFields(**{name: value for name, value in now.items() if value != before[name]})


def typed_moment(when: datetime | None, zone: ZoneInfo, end: bool) -> str:
    """``when`` as it would be typed: a date where that names exactly this moment, else a minute.

    It is the inverse of what the server reads; an hour that a zone has twice carries its offset.
    """
    if when is None:
        return ""
    day = _whole_day(when, zone, end)
    if day is not None:
        return day.isoformat()
    local = when.astimezone(zone)
    return (local if local.fold else local.replace(tzinfo=None)).isoformat(" ", "minutes")


def minutes(text: str) -> int:
    """Minutes since midnight of ``HH:MM``; ``24:00`` is the end of the day. Raises ValueError."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError("not HH:MM")
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour * 60 + minute > DAY_MINUTES:
        raise ValueError("no such time of day")
    return hour * 60 + minute


def clock(minutes: int) -> str:
    """Minutes since midnight as ``HH:MM``."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def preset(choice: Preset, now: datetime, zone: ZoneInfo) -> str:
    """What to put into *Valid until*: an hour ends at a minute, days end with the day."""
    today = now.astimezone(zone).date()
    match choice:
        case Preset.HOUR:
            # Never less than promised: the minute that has begun counts.
            minute = (now + timedelta(hours=1, minutes=1, microseconds=-1)).replace(second=0, microsecond=0)
            return typed_moment(minute, zone, end=True)
        case Preset.DAY:
            return (today + timedelta(days=1)).isoformat()
        case Preset.WEEK:
            return (today + timedelta(days=7)).isoformat()
        case Preset.NEVER:
            return ""


def _whole_day(when: datetime, zone: ZoneInfo, end: bool) -> date | None:
    try:
        edge = when.astimezone(UTC) + (_LAST if end else timedelta(0))
        day = edge.astimezone(zone).date()
        midnight = datetime.combine(day, time.min, zone).astimezone(UTC)
        return None if midnight != edge else day - timedelta(days=1) if end else day
    except OverflowError:
        return None


def _hours(text: str, otherwise: int) -> int:
    """Hours left empty are no limit."""
    return minutes(text) if text.strip() else otherwise


def _sent(values: Values) -> dict[str, Any]:
    """The fields of a request that sets everything."""
    sent: dict[str, Any] = {field.name: getattr(values, field.name) for field in fields(values)}
    for name in ("username", "valid_from", "valid_until", "phone"):
        sent[name] = sent[name].strip() or None
    sent["weekdays"] = list(values.weekdays)
    sent["hours_from"] = _hours(values.hours_from, 0)
    sent["hours_until"] = _hours(values.hours_until, DAY_MINUTES)
    return sent
