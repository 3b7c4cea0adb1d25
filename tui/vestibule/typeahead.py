"""Keys typed ahead wait for the one before.

Textual hands a key to the widget that has the focus when the key arrives, and runs its binding later. Over
a slow line ``name Tab password`` arrives at once, before Tab has moved the focus: the password would be
typed, readable, into the name; and ``a`` with a name behind it would press a key of the list per letter.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from textual.app import App
from textual.events import Event
from textual.message_pump import MessagePump
from textual.screen import Screen

_ROUNDS = 2
"""The first handles the key, the second what was said because of it."""
_LONGEST = 0.5
"""Seconds: a handler that waits for something else must not hold the keyboard."""
_PAUSE = 0.01


class TypeAhead:
    """Lets one key at a time into the app."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: deque[Event] = deque()
        self._let_in: Event | None = None
        self._settling: asyncio.Task[None] | None = None

    def holds(self, event: Event) -> bool:
        """Whether ``event``, fresh from the keyboard, has to wait; it is then posted again in its turn."""
        if event is not self._let_in and self._settling is not None:
            self._waiting.append(event)
            return True
        self._let_in = None
        self._settling = asyncio.create_task(self._settle())
        return False

    async def _settle(self) -> None:
        await _idle(self._app)
        for _round in range(_ROUNDS):
            focused, screen = self._app.focused, self._app.screen
            for node in focused.ancestors_with_self if focused is not None else (screen, self._app):
                await _idle(node)
            if self._app.screen is not screen:
                await _opened(self._app.screen)
        self._settling = None
        if self._waiting:
            self._let_in = self._waiting.popleft()
            self._settling = asyncio.current_task()
            self._app.post_message(self._let_in)


async def _opened(screen: Screen[Any]) -> None:
    """Until a screen that was just opened has put the focus where it begins."""
    for _try in range(round(_LONGEST / _PAUSE)):
        if screen.is_mounted:
            break
        await asyncio.sleep(_PAUSE)
    for _round in range(_ROUNDS):
        await _idle(screen)


async def _idle(node: MessagePump) -> None:
    """Until ``node`` has worked off what it has been sent so far."""
    done = asyncio.Event()
    if node.is_running and node.call_later(done.set):
        try:
            await asyncio.wait_for(done.wait(), _LONGEST)
        except TimeoutError:
            return
