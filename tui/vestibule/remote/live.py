"""Live updates: one long poll for all screens. It says when the connection is lost, and resumes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from vestibule.models import Events
from vestibule.remote.errors import ApiProblem, Unreachable

if TYPE_CHECKING:
    from vestibule.remote.api import Api

WAIT = 25.0
"""Seconds the server may hold a question without news."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_PASSING = frozenset({"database_busy", "busy", "failed", "disk_full", "database_read_only"})
_PASSING |= {"database_unreachable"}


class Listener(Protocol):
    """A screen that wants to know."""

    def news(self, events: Events) -> None:
        """Something changed."""

    def line(self, lost: bool) -> None:
        """The connection was lost, or is back (then load anew)."""


class Live:
    """Listens to one server for as long as :meth:`run` runs."""

    def __init__(self) -> None:
        self.lost = False
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` from now on; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run(self, api: Api) -> None:
        """Listen until cancelled. Raises ApiProblem when the session has ended."""
        after: int | None = None
        pause = _FIRST_PAUSE
        while True:
            try:
                events = await api.events(after or 0, 0 if after is None or self.lost else WAIT)
            except (Unreachable, ApiProblem) as error:
                if isinstance(error, ApiProblem) and error.problem.code not in _PASSING:
                    raise
                self._set_lost(True)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            if after is not None and (events.events or events.reset):
                self._tell(events)
            after = events.last
            self._set_lost(False)

    def _tell(self, events: Events) -> None:
        for listener in list(self._listeners):
            listener.news(events)

    def _set_lost(self, lost: bool) -> None:
        if lost != self.lost:
            self.lost = lost
            for listener in list(self._listeners):
                listener.line(lost)
