"""The Textual app: its keys, its terminal, its palette, and its end."""

from __future__ import annotations

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
from vestibule.modes import Modes
from vestibule.presence import Presence
from vestibule.remote.connection import Connection
from vestibule.screens.base import BaseScreen
from vestibule.terminal import Profile
from vestibule.typeahead import TypeAhead
from vestibule.widgets.scroll_bar import use_whole_cells


def _actions() -> type[Provider]:
    """Imported when the palette is first asked for."""
    from vestibule.screens.palette import Actions

    return Actions


class VestibuleApp(Modes[None], CursorFollowsFocus[None]):
    """Shows the entrance until somebody is signed in, then the sections that are theirs."""

    TITLE = "Vestibule"
    CSS_PATH = "app.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions}
    HORIZONTAL_BREAKPOINTS = [(0, "-phone"), (60, "-desk")]  # noqa: RUF012 - declared so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "redraw", marked("Draw the screen anew"), priority=True, id="app.redraw"),
        Binding("ctrl+z", "suspend_process", marked("Back to the shell for a while"), id="app.suspend"),
        Binding("f9", "choose_theme", marked("Theme"), id="app.theme"),
        Binding("ctrl+q", "quit", marked("Quit"), priority=True, id="app.quit"),
    ]

    def __init__(self, connection: Connection, profile: Profile) -> None:
        connection.is_slow = profile.slow
        super().__init__(connection, profile)
        use_whole_cells()
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
