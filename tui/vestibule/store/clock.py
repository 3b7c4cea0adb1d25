"""The server's clock: it never runs backwards, and it knows where the site's days begin."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECOND = 1000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
NEVER = 2**62
"""A moment that does not come."""


def wall_time() -> int:
    """The machine's time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Clock:
    """Milliseconds since 1970, never lower than any value seen before.

    A clock set back must not revive an expired code (facts/security.md A26).
    """

    def __init__(self, wall: Callable[[], int] = wall_time) -> None:
        self._wall = wall
        self._highest = 0
        self._lock = threading.Lock()

    def now(self, seen: int = 0) -> int:
        """The time; ``seen`` is the highest moment somebody else has recorded."""
        with self._lock:
            self._highest = max(self._highest, seen, self._wall())
            return self._highest


def to_datetime(moment: int) -> datetime:
    """A stored moment as an aware UTC time."""
    return datetime.fromtimestamp(moment / SECOND, UTC)


def to_datetime_or_none(moment: int | None) -> datetime | None:
    """Like :func:`to_datetime`; ``None`` stays ``None``."""
    return None if moment is None else to_datetime(moment)


def to_moment(when: datetime) -> int:
    """An aware time as it is stored."""
    return round(when.timestamp() * SECOND)


@cache
def site_zone() -> tzinfo:
    """The zone of the machine the server runs on: a site's days are the building's days."""
    try:
        return ZoneInfo(site_zone_name())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def site_zone_name() -> str:
    """The IANA name of the machine's zone, ``UTC`` when it cannot be told."""
    name = os.environ.get("TZ", "").removeprefix(":")
    if not name:
        target = os.path.realpath("/etc/localtime")
        name = target.partition("zoneinfo/")[2]
    if not name and Path("/etc/timezone").exists():
        name = Path("/etc/timezone").read_text().strip()
    return name or "UTC"
