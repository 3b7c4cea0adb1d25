"""When and by which path a client may come in; each refusal has its reason."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from vestibule.access.refused import Refused
from vestibule.models import Path
from vestibule.store.clock import site_zone, to_datetime, to_moment

EVERY_DAY = 0b111_1111
ALL_DAY = (0, 1440)
NEEDED = ("enabled", "valid_from", "valid_until", "weekdays", "hours_from", "hours_until", "cloud_access")
"""Columns of a client by which :func:`refusal` judges."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEEKDAYS = [tuple(day for day in range(1, 8) if bits >> (day - 1) & 1) for bits in range(EVERY_DAY + 1)]


def first_moment(written: str, field: str) -> int:
    """The moment from which ``written`` (a date or a time) is valid. Raises Refused."""
    return _moment(written, field, timedelta(0), 0)


def last_moment(written: str, field: str) -> int:
    """The last valid moment: a date includes the whole day it names. Raises Refused."""
    return _moment(written, field, timedelta(days=1), -1)


def _moment(written: str, field: str, day_offset: timedelta, nudge: int) -> int:
    written = written.strip()
    try:
        if _DATE.fullmatch(written):
            day = date.fromisoformat(written) + day_offset
            return to_moment(datetime.combine(day, time.min, site_zone())) + nudge
        when = datetime.fromisoformat(written)
        return to_moment(when if when.tzinfo else when.replace(tzinfo=site_zone()))
    except (ValueError, OverflowError):
        raise Refused("time_unreadable", field=field) from None


def weekday_bits(days: list[int]) -> int:
    """ISO weekdays as bits, Monday lowest; none or all is every day."""
    return sum(1 << (day - 1) for day in set(days)) or EVERY_DAY


def weekday_list(bits: int) -> list[int]:
    """The ISO weekdays in ``bits``."""
    return list(_WEEKDAYS[bits])


def clock_face(minutes: int) -> str:
    """Minutes since midnight as ``HH:MM``."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def refusal(row: Any, now: int, path: Path) -> Refused | None:
    """Why the client of ``row`` may not come in at ``now`` by ``path``; ``None`` if it may."""
    if not row.enabled:
        return Refused("client_disabled")
    if row.valid_until is not None and now > row.valid_until:
        return Refused("client_expired", at=to_datetime(row.valid_until))
    if row.valid_from is not None and now < row.valid_from:
        return Refused("client_not_yet_valid", at=to_datetime(row.valid_from))
    if not _within_hours(row, now):
        hours = f"{clock_face(row.hours_from)}–{clock_face(row.hours_until)}"
        return Refused("client_outside_hours", hours=hours, detail=_day_numbers(row.weekdays))
    if not row.cloud_access and path is not Path.LOCAL:
        return Refused("client_local_only")
    return None


def _day_numbers(bits: int) -> str:
    return "" if bits == EVERY_DAY else ",".join(str(day) for day in weekday_list(bits))


def _within_hours(row: Any, now: int) -> bool:
    """A window over midnight belongs to the day on which it begins."""
    if row.weekdays == EVERY_DAY and (row.hours_from, row.hours_until) == ALL_DAY:
        return True
    local = to_datetime(now).astimezone(site_zone())
    minute = local.hour * 60 + local.minute
    today = row.weekdays >> (local.isoweekday() - 1) & 1
    if row.hours_from < row.hours_until:
        return bool(today) and row.hours_from <= minute < row.hours_until
    yesterday = row.weekdays >> ((local.isoweekday() - 2) % 7) & 1
    return bool(today and minute >= row.hours_from) or bool(yesterday and minute < row.hours_until)
