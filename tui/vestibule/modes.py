"""The modes of the app: the entrance, and the sections of whoever is signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from textual.screen import Screen

from vestibule.models import Problem
from vestibule.remote.connection import Connection
from vestibule.remote.errors import ApiProblem
from vestibule.screens.base import SetupWanted, SignedIn, SignedOut, SiteChosen, signed_out
from vestibule.terminal import Profile
from vestibule.themed import Themed

R = TypeVar("R")
ENTRANCE = "entrance"
ENTRANCES = (ENTRANCE, "another entrance")
"""One entrance may follow another, and two modes need two names."""


class Modes(Themed[R], Generic[R]):
    """An app for one site at a time; screens say what happens, and it opens what comes next."""

    DEFAULT_MODE = ENTRANCE

    def __init__(self, connection: Connection, profile: Profile) -> None:
        super().__init__()
        self.connection = connection
        self.profile = profile
        self.begin_themed(profile, connection.folders)
        self._shown = [ENTRANCE]
        """Names of the modes there are now."""
        self._leaving: set[asyncio.Task[None]] = set()

    def get_default_screen(self) -> Screen[Any]:
        """The entrance that the app begins with.

        It becomes a mode when it is there already: for a mode's new screen Textual parses all styles once
        more, and what comes after that a third time.
        """
        screen = self._entrance()
        for path in screen.css_path:
            self.stylesheet.read(path)
        # Or all styles would be applied once more when the screen hears of its size.
        steps = screen.HORIZONTAL_BREAKPOINTS or self.HORIZONTAL_BREAKPOINTS or []
        screen.add_class(*[name for at, name in steps if at <= self.size.width][-1:])
        self.add_mode(ENTRANCE, self._entrance)
        return screen

    def _entrance(self, why: Problem | None = None, by_itself: bool = True) -> Screen[Any]:
        if not self.connection.needs_setup:
            from vestibule.screens.login import Login

            return Login(self.connection, self.profile, why, by_itself)
        if self.connection.others:
            from vestibule.screens.sites import Sites

            return Sites(self.connection, self.profile)
        return self._setup()

    def _setup(self) -> Screen[Any]:
        from vestibule.screens.setup import Setup

        return Setup(self.connection, self.profile)

    async def on_signed_in(self, _event: SignedIn) -> None:
        """Open the sections that this session may see, and listen for what changes."""
        from vestibule.screens.sections import open_to

        self.connection.speak()
        sections = open_to(self.connection)
        names = [entry.name for entry in sections]
        if names == self._shown:
            return
        before, self._shown = self._shown, names
        kept = set(names) & set(before)
        for entry in sections:
            if entry.name not in kept:
                self.add_mode(entry.name, partial(entry.open, self.connection, self.profile))
        await self.switch_mode(names[0])
        for name in set(before) - kept:
            await self.remove_mode(name)
        self.run_worker(self._listen(), group="live", description="live", exclusive=True)
        if before[0] in ENTRANCES:
            from vestibule.screens.notices import show_unread

            told = show_unread(self, self.connection)
            self.run_worker(told, group="notices", description="notices", exclusive=True)
            self.call_later(self.say_unkept, self.connection.unkept)

    async def on_signed_out(self, event: SignedOut) -> None:
        """Back to the entrance; nothing of the session stays on the screen or in memory."""
        if self._shown[0] in ENTRANCES:
            return
        self._listen_no_more()
        await self.connection.sign_out()
        await self._show_entrance(partial(self._entrance, event.why, by_itself=event.comes_back))

    async def on_site_chosen(self, event: SiteChosen) -> None:
        """Leave this site as it is, its session too, and go to the entrance of another."""
        self._listen_no_more()
        before = self.connection
        self.connection = before.to(event.address, event.code)
        self._leaving.add(asyncio.create_task(before.close()))
        await self._show_entrance(partial(self._entrance, by_itself=not event.code))

    async def on_setup_wanted(self, _event: SetupWanted) -> None:
        """Make a site on this machine, where others are known already."""
        await self._show_entrance(self._setup)

    async def _show_entrance(self, make: Callable[[], Screen[Any]]) -> None:
        """Show an entrance and forget all else there was."""
        self.connection.speak()
        name = next(name for name in ENTRANCES if name not in self._shown)
        before, self._shown = self._shown, [name]
        self.add_mode(name, make)
        await self.switch_mode(name)
        for old in before:
            await self.remove_mode(old)

    def _listen_no_more(self) -> None:
        for group in ("live", "notices"):
            self.workers.cancel_group(self, group)

    async def _listen(self) -> None:
        connection = self.connection
        try:
            await connection.live.run(connection.api, connection.find_again)
        except ApiProblem as ended:
            self.post_message(signed_out(connection, ended.problem))

    def action_sites(self) -> None:
        """The address book, over what is on the screen."""
        from vestibule.screens.sites import Sites

        if not isinstance(self.screen, Sites):
            self.push_screen(Sites(self.connection, self.profile))

    async def close_connections(self) -> None:
        """Close the way to this site, and those to others that are not closed yet."""
        await self.connection.close()
        await asyncio.gather(*self._leaving, return_exceptions=True)
