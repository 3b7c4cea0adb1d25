"""Live updates: one long poll for all screens. It says when the connection is lost, and resumes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from vestibule.i18n import _
from vestibule.models import Events
from vestibule.remote.errors import ApiProblem, Unreachable

if TYPE_CHECKING:
    from vestibule.remote.api import Api

WAIT = 25.0
"""Seconds the server may hold a question without news."""
_SHORTEST = 0.5
_BREATH = 1.0
_BEFORE_CUT = 0.8
"""Share of the time after which something cut a question off that the next one lasts."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_PASSING = frozenset({"database_busy", "busy", "failed", "disk_full", "database_read_only"})
_PASSING |= {"database_unreachable"}


FindAgain: TypeAlias = Callable[[bool], Awaitable[bool]]
"""Looks for a way, told whether the one there was is surely lost; says whether it goes by another one now.

Raises ApiProblem and Unreachable.
"""


class Listener(Protocol):
    """A screen that wants to know."""

    def news(self, events: Events) -> None:
        """Something changed."""

    def line(self, lost: bool) -> None:
        """The connection was lost, or is back (then load anew)."""


class Live:
    """Listens to one server for as long as :meth:`run` runs."""

    def __init__(self) -> None:
        self.lost_since: datetime | None = None
        """Since when the server has not answered; None while it does."""
        self.why = ""
        """The reason, in words."""
        self._listeners: list[Listener] = []
        self._watchers: list[Callable[[], None]] = []
        self._anew = asyncio.Event()
        self._doubt = asyncio.Event()
        self._wait = WAIT
        self._failures = 0
        self._cloud = ""

    @property
    def lost(self) -> bool:
        """Whether what the screens show may be old."""
        return self.lost_since is not None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` from now on; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def watch(self, told: Callable[[], None]) -> Callable[[], None]:
        """Call ``told`` from now on after every decision, news or not; returns what ends that."""
        self._watchers.append(told)
        self._anew.set()
        return lambda: self._watchers.remove(told)

    async def run(self, api: Api, find_again: FindAgain | None = None) -> None:
        """Listen until cancelled; ``find_again`` looks for a way when the server does not answer.

        A question that is cut off while the next one is answered is no lost connection: proxies end what is
        idle for too long for them, and shorter questions are asked then. Raises ApiProblem when the session
        has ended.
        """
        after: int | None = None
        answered = False
        self._wait, self._failures, self._cloud = WAIT, 0, ""
        api.on_unreachable = self._doubt.set
        while True:
            wait = self._wait if answered and after is not None else 0.0
            began = time.monotonic()
            answered = False
            try:
                events = await self._ask(api, after or 0, wait)
            except ApiProblem as refused:
                if refused.problem.code not in _PASSING:
                    raise
                await self._failed(_("the server has trouble of its own"), None)
            except Unreachable as error:
                if wait:
                    await self._cut_off(wait, time.monotonic() - began)
                else:
                    await self._failed(str(error), find_again)
            else:
                if events is None:
                    await self._look(find_again)
                    continue
                if after is not None and (events.events or events.reset):
                    self._tell(events)
                is_more, after, answered = events.last > (after or events.last), events.last, True
                self._cloud = events.cloud
                self._back()
                if is_more:
                    await self._tell_watchers(events)

    async def _ask(self, api: Api, after: int, wait: float) -> Events | None:
        """One question; None when another one was not answered meanwhile: this one may wait in vain."""
        if not wait:
            return await api.events(after, 0, self._cloud)
        self._doubt.clear()
        while True:
            self._anew.clear()
            question = asyncio.create_task(self._question(api, after, wait))
            others = [asyncio.create_task(event.wait()) for event in (self._doubt, self._anew)]
            try:
                await asyncio.wait((question, *others), return_when=asyncio.FIRST_COMPLETED)
                if question.done():
                    return question.result()
                if self._doubt.is_set():
                    return None
            finally:
                for task in (question, *others):
                    task.cancel()
                await asyncio.gather(question, *others, return_exceptions=True)

    def _question(self, api: Api, after: int, wait: float) -> Coroutine[Any, Any, Events]:
        return api.events(after, wait, self._cloud, every=bool(self._watchers))

    async def _cut_off(self, wait: float, after: float) -> None:
        """Ask for less from now on, if that could help."""
        if after < _SHORTEST:
            await _rest(_FIRST_PAUSE)
        elif after < wait:
            self._wait = max(_SHORTEST, after * _BEFORE_CUT)

    async def _failed(self, why: str, find_again: FindAgain | None) -> None:
        """Look for another way at once, then again and again after a while."""
        self._set_lost(why)
        if self._failures:
            await _rest(min(_FIRST_PAUSE * 2 ** (self._failures - 1), _LONGEST_PAUSE))
        self._failures = min(self._failures + 1, 10)
        self._wait = WAIT
        if find_again is not None:
            try:
                await find_again(True)
            except ApiProblem:
                self._set_lost(_("the server has trouble of its own"))
            except Unreachable as error:
                self._set_lost(str(error))

    async def _look(self, find_again: FindAgain | None) -> None:
        """There may be another way; whether the one there was is still open is asked next."""
        if find_again is not None:
            with suppress(ApiProblem, Unreachable):
                if await find_again(False) and not self.lost:
                    self.moved()

    def moved(self) -> None:
        """Tell the screens that it goes by another path, or that the path has a name now."""
        self._tell_line(self.lost)

    def _tell(self, events: Events) -> None:
        for listener in list(self._listeners):
            listener.news(events)

    async def _tell_watchers(self, events: Events) -> None:
        """Somebody who guesses codes must not have us ask as fast as that goes."""
        for told in list(self._watchers):
            told()
        if not events.events:
            await _rest(_BREATH)

    def _set_lost(self, why: str) -> None:
        if self.lost_since is None or why != self.why:
            self.lost_since, self.why = self.lost_since or datetime.now(UTC), why
            self._tell_line(True)

    def _back(self) -> None:
        self._failures = 0
        if self.lost_since is not None:
            self.lost_since, self.why = None, ""
            self._tell_line(False)

    def _tell_line(self, lost: bool) -> None:
        for listener in list(self._listeners):
            listener.line(lost)


async def _rest(seconds: float) -> None:
    """Somewhat less than ``seconds``: many clients shall not come back at the same moment."""
    await asyncio.sleep(seconds * random.uniform(0.5, 1.0))  # noqa: S311 - nothing depends on it
