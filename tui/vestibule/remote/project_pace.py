"""When it is looked again for a project: soon after news, ever more seldom while nobody answers."""

from __future__ import annotations

import random
from collections import deque
from typing import Final

_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0
_AFTER_NEWS: Final = (2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 1800.0)
"""Seconds after which it is looked again for a version that the site has and the cloud gets only now."""
_ASIDE: Final = (0.3, 2.0)
"""Seconds, somewhere between them: all clients of a site hear of its new version at once."""


class Pace:
    """All pauses are in seconds; None is until something happens."""

    def __init__(self) -> None:
        self._failures = 0
        self._looks: deque[float] = deque()
        self._before = 0

    def expect(self, newest: int) -> float:
        """There may be a newer version than ``newest``; how long to stand aside first."""
        self._before, self._looks = newest, deque(_AFTER_NEWS)
        return self.aside()

    def aside(self) -> float:
        """Somewhat later than everybody else."""
        return random.uniform(*_ASIDE)  # noqa: S311 - nothing depends on it

    def saw(self, number: int) -> None:
        """This is the newest version that the cloud has."""
        if number > self._before:
            self._looks.clear()

    def next_look(self) -> float | None:
        """The pause while all is well."""
        return self._looks.popleft() if self._looks else None

    def forward(self) -> None:
        """It gets on."""
        self._failures = 0

    @property
    def has_failed(self) -> bool:
        """Whether it has not got on since the last failure."""
        return self._failures > 0

    def failed(self, at_least: float = 0.0) -> float:
        """The pause after another failure."""
        pause = min(_FIRST_PAUSE * 2.0**self._failures, _LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 10)
        return max(at_least, pause * random.uniform(0.5, 1.0))  # noqa: S311 - nothing depends on it
