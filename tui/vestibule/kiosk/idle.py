"""How long nobody has touched the kiosk."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.timer import Timer

WARNING = 10.0
"""Seconds before the end at which it is announced; a third of the time where that is short."""


class Idle:
    """Announces the end of a visit, then ends it. One timer: nothing runs while nothing happens."""

    def __init__(
        self, app: App[Any], seconds: float, warn: Callable[[int], None], end: Callable[[], None]
    ) -> None:
        self._app, self._warn, self._end = app, warn, end
        self._seconds = seconds
        self._warning = min(WARNING, seconds / 3)
        self._touched = time.monotonic()
        self._warned = False
        self._timer: Timer | None = None

    def begin(self) -> None:
        """Somebody may come."""
        self._touched, self._warned = time.monotonic(), False
        self._sleep(self._seconds - self._warning)

    def touched(self) -> bool:
        """Somebody is there; whether the end had been announced."""
        self._touched = time.monotonic()
        warned, self._warned = self._warned, False
        if warned:
            self._sleep(self._seconds - self._warning)
        return warned

    def _sleep(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(max(0.01, seconds), self._look)

    def _look(self) -> None:
        left = self._touched + self._seconds - time.monotonic()
        if left > self._warning:
            self._sleep(left - self._warning)
        elif left > 0:
            if not self._warned:
                self._warned = True
                self._warn(max(1, round(left)))
            self._sleep(left)
        else:
            self.begin()
            self._end()
