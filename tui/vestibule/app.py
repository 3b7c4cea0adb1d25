"""The Textual app: one site, the entrance, and the sections of whoever is signed in."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.driver import Driver
from textual.events import Event, Key, Paste
from textual.screen import Screen
from textual.widgets import Input

from vestibule.crash import told
from vestibule.cursor import CursorFollowsFocus
from vestibule.hangup import may_stop, on_hangup
from vestibule.i18n import _, marked
from vestibule.models import Problem
from vestibule.presence import Presence
from vestibule.remote.connection import Connection
from vestibule.remote.errors import ApiProblem
from vestibule.screens.base import BaseScreen, SetupWanted, SignedIn, SignedOut, SiteChosen, signed_out
from vestibule.terminal import Profile
from vestibule.themed import Themed
from vestibule.typeahead import TypeAhead
from vestibule.widgets.scroll_bar import use_whole_cells

ENTRANCE = "entrance"
ENTRANCES = (ENTRANCE, "another entrance")
"""One entrance may follow another, and two modes need two names."""


def _actions() -> type[Provider]:
    """Imported when the palette is first asked for."""
    from vestibule.screens.palette import Actions

    return Actions


class VestibuleApp(Themed[None], CursorFollowsFocus[None]):
    """Shows the entrance until somebody is signed in, then the sections that are theirs."""

    TITLE = "Vestibule"
    CSS_PATH = "app.tcss"
    DEFAULT_MODE = ENTRANCE
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions}
    HORIZONTAL_BREAKPOINTS = [(0, "-phone"), (60, "-desk")]  # noqa: RUF012 - declared so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "redraw", marked("Draw the screen anew"), priority=True, id="app.redraw"),
        Binding("ctrl+z", "suspend_process", marked("Back to the shell for a while"), id="app.suspend"),
        Binding("f9", "choose_theme", marked("Theme"), id="app.theme"),
        Binding("ctrl+q", "quit", marked("Quit"), priority=True, id="app.quit"),
    ]

    def __init__(self, connection: Connection, profile: Profile) -> None:
        super().__init__()
        self.connection = connection
        self.profile = profile
        self.begin_themed(profile, connection.folders)
        use_whole_cells()
        self._shown = [ENTRANCE]
        """Names of the modes there are now."""
        self._leaving: set[asyncio.Task[None]] = set()
        self._ahead = TypeAhead(self)
        self._presence = Presence(self, lambda: self.connection)

    def on_load(self) -> None:
        """A closed line or a stop must give the terminal back as it was."""
        on_hangup(lambda code: self.exit(return_code=code))
        self.app_resume_signal.subscribe(self, lambda _app: self.action_redraw())

    def on_ready(self) -> None:
        """The first paint is done; ``cli.desk`` has put this off. What there is by now stays."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nobody is left alone with a stopped process."""
        return may_stop() if action == "suspend_process" else super().check_action(action, parameters)

    def get_driver_class(self) -> type[Driver]:
        """Send only the cells that change; where there is no terminal like that, Textual's own choice."""
        driver = super().get_driver_class()
        if driver.__name__ != "LinuxDriver":
            return driver
        from vestibule.frugal import FrugalDriver

        return FrugalDriver

    def action_redraw(self) -> None:
        """Write everything anew: the kernel or another program may have written over it."""
        forget = getattr(self._driver, "forget", None)
        if forget is not None:
            forget()
        self.refresh(repaint=True, layout=True)

    async def action_quit(self) -> None:
        """Leave, unless the screen has something that would be lost for good; then the second time."""
        ask_first = getattr(self.screen, "ask_before_quitting", None)
        if ask_first is None or not ask_first():
            self.exit()

    async def on_event(self, event: Event) -> None:
        """One key after the other, also when they arrive together."""
        self._presence.notice(event)
        fresh = isinstance(event, Key | Paste) and not event.is_forwarded
        if not (fresh and self._ahead.holds(event)):
            await super().on_event(event)

    # --- entrance and sections ----------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """The entrance that the app begins with.

        It becomes a mode when it is there already: for a mode's new screen Textual parses all styles once
        more, and what comes after that a third time.
        """
        screen = self._entrance()
        for path in screen.css_path:
            self.stylesheet.read(path)
        # Or all styles would be applied once more when the screen hears of its size.
        steps = screen.HORIZONTAL_BREAKPOINTS or self.HORIZONTAL_BREAKPOINTS
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

    # --- what the palette offers, and crashes --------------------------------------------------

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The actions that have keys here; not Textual's own, which write pictures of secrets to disk."""
        from vestibule.render.key_names import spoken
        from vestibule.screens.keys import listed

        found = [entry for entry in listed(screen) if entry.action]
        for entry in found:
            act = partial(self.run_action, entry.action, entry.node)
            yield SystemCommand(entry.words, spoken(entry.keys), act)
        has_key = "app.sites" in [entry.action for entry in found]
        if isinstance(screen, BaseScreen) and self.check_action("sites", ()) and not has_key:
            yield SystemCommand(_("Sites"), _("Open another site"), self.action_sites)
        yield from self.theme_commands()

    def action_command_palette(self) -> None:
        """The palette in the person's language."""
        from vestibule.screens.palette import palette

        if self.use_command_palette and not isinstance(self.screen, CommandPalette):
            self.push_screen(palette())

    def on_command_palette_opened(self) -> None:
        """A blinking cursor would send 2 kB a second."""
        self.screen.query_one(Input).cursor_blink = False

    def _handle_exception(self, error: Exception) -> None:
        """Textual prints all local variables, and with them passwords; we say only where it happened."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        self.exit(return_code=1, message=told(error))


async def run(connection: Connection, profile: Profile) -> int:
    """Show the app until the person leaves; returns the exit code."""
    app = VestibuleApp(connection, profile)
    try:
        await app.run_async(mouse=profile.mouse)
    finally:
        await app.close_connections()
        sys.stderr.flush()
    return app.return_code or 0
