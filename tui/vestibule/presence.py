"""Tells the server that somebody is there who types for long without asking it anything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from textual.app import App
from textual.events import Event, Key, MouseDown, Paste

from vestibule.remote.connection import Connection
from vestibule.remote.errors import ApiProblem, Unreachable


class Presence:
    """Looks at keys as they come; at most once a minute one of them asks who is signed in."""

    def __init__(self, app: App[None], connection: Callable[[], Connection]) -> None:
        """``connection`` gives the one in use: the site may change."""
        self._app = app
        self._connection = connection

    def notice(self, event: Event) -> None:
        """Something happened at this terminal."""
        by_hand = isinstance(event, Key | MouseDown | Paste)
        connection = self._connection()
        if by_hand and connection.attendance.touched() and connection.client is not None:
            self._app.run_worker(self._tell(connection), group="presence", description="presence")

    async def _tell(self, connection: Connection) -> None:
        # That the session has ended is seen by who listens for changes.
        with suppress(ApiProblem, Unreachable):
            await connection.api.me()
