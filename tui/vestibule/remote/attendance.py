"""Whether somebody's hand is at the keys: what a screen asks for by itself keeps no session alive."""

from __future__ import annotations

import time
from collections.abc import Callable

MINUTE = 60.0
"""Seconds for which a key speaks for what is asked after it; the server notes no more often either."""


class Attendance:
    """Remembers the last key, and the last request that somebody was behind."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._touched = self._told = -MINUTE

    def touched(self) -> bool:
        """A key was pressed. Whether the server has to be told, having heard nothing for a minute."""
        self._touched = self._clock()
        return self._touched - self._told >= MINUTE

    def asks(self) -> bool:
        """Something is asked of the server. Whether somebody is behind it."""
        now = self._clock()
        there = now - self._touched < MINUTE
        if there:
            self._told = now
        return there
