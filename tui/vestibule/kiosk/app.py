"""The kiosk's app: the entrance, the access of who signs in, and the way back. There is no way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.events import AppBlur, Event, Key, MouseEvent, Paste
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from vestibule import app, i18n
from vestibule.i18n import ngettext
from vestibule.kiosk.entrance import Entrance, LanguageChanged, Typed
from vestibule.kiosk.idle import Idle
from vestibule.kiosk.keypad import Keypad
from vestibule.kiosk.report import report
from vestibule.models import Problem, Strength
from vestibule.remote.connection import Connection
from vestibule.screens.base import SignedIn, SignedOut
from vestibule.terminal import Profile
from vestibule.widgets.key_line import KeyLine, Keys
from vestibule.widgets.status_line import StatusLine, Tone

ALLOWED = frozenset({"focus_next", "focus_previous", "redraw"})
"""What keys may do to the app itself; quit, palette, screenshot, suspend and themes are not among it."""
_HIDDEN_KEYS = frozenset({"ctrl+q", "ctrl+p", "ctrl+z", "F9"})


class KioskApp(app.VestibuleApp, inherit_bindings=False):
    """Every visit is a mode of its own, thrown away with all that was typed when it is over."""

    CSS_PATH = str(Path(app.__file__).with_name("app.tcss"))
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "redraw", show=False)]

    def __init__(
        self, connection: Connection, profile: Profile, *, idle: float, codes_only: bool = False
    ) -> None:
        """``idle`` seconds end a visit; ``codes_only`` offers no passwords beside codes."""
        # Whoever comes next must not find in a clipboard what somebody copied here.
        super().__init__(connection, replace(profile, console=True))
        self._codes_only = codes_only
        self._visits = count(1)
        self._language = i18n.current()
        self._chosen_language = ""
        self._shows: Strength | None = None
        """What the session that is shown is worth; None at the entrance."""
        self._idle = Idle(self, idle, self._warn, self._leave_alone)
        self._early: list[Event] | None = []
        """Typed before there was a field to type into; None from then on."""

    def on_mount(self) -> None:
        """Look at each screen as it comes."""
        self.screen_change_signal.subscribe(self, self._furnish)

    def on_ready(self) -> None:
        """There is a field now: the first person may come."""
        self._idle.begin()
        self.call_after_refresh(self._let_in)

    def _let_in(self) -> None:
        early, self._early = self._early or [], None
        for event in early:
            self.post_message(event)

    # --- visits -------------------------------------------------------------------------------

    def _entrance(
        self, why: Problem | None = None, by_itself: bool = False, typed: Typed | None = None
    ) -> Screen[Any]:
        return Entrance(self.connection, self.profile, why, codes_only=self._codes_only, typed=typed)

    def _inside(self) -> Screen[Any]:
        if self._shows is Strength.ENROLMENT:
            from vestibule.screens.enrolment import Enrolment

            return Enrolment(self.connection, self.profile)
        from vestibule.kiosk.home import KioskHome

        return KioskHome(self.connection, self.profile)

    async def _show(self, make: Callable[[], Screen[Any]]) -> None:
        """Show another screen and forget all there were."""
        before, now = self.current_mode, f"visit {next(self._visits)}"
        self.add_mode(now, make)
        await self.switch_mode(now)
        await self.remove_mode(before)

    async def on_signed_in(self, event: SignedIn) -> None:
        """Show who signed in what is theirs: an admin too, for whom this is not the place to work."""
        event.prevent_default()
        worth = self.connection.strength
        if worth is None or worth is self._shows:
            return
        self._shows = worth
        client = self.connection.client
        if client is not None and client.language and not self._chosen_language:
            i18n.use(client.language)
        await self._show(self._inside)
        self.run_worker(self._listen(), group="live", description="live", exclusive=True)

    async def on_signed_out(self, event: SignedOut) -> None:
        """Clear the screen first; while the server is told, nobody else can sign in."""
        event.prevent_default()
        if self._shows is None:
            return
        self._shows = None
        self.workers.cancel_group(self, "live")
        self._speak(self._language)
        await self._show(partial(self._entrance, event.why))
        await self.connection.sign_out()

    async def on_language_changed(self, event: LanguageChanged) -> None:
        """The same screen in another language, until the visit is over."""
        self._speak(event.code)
        self._chosen_language = event.code
        await self._show(self._inside if self._shows else partial(self._entrance, typed=event.typed))

    def _speak(self, language: str) -> None:
        i18n.use(language)
        self._chosen_language = ""

    # --- nobody there -------------------------------------------------------------------------

    async def on_event(self, event: Event) -> None:
        """A browser that looks elsewhere takes no focus away; everything a person does is noted."""
        if isinstance(event, AppBlur):
            return
        if self._early is not None and isinstance(event, Key | Paste):
            self._early.append(event)
            return
        if isinstance(event, Key | MouseEvent | Paste) and self._idle.touched():
            self._say("")
        await super().on_event(event)

    def _warn(self, seconds: int) -> None:
        if self._is_in_use:
            words = ngettext(
                "Are you still there? In %d second all this is cleared; any key keeps it.",
                "Are you still there? In %d seconds all this is cleared; any key keeps it.",
                seconds,
            )
            self._say(words % seconds)

    def _say(self, words: str) -> None:
        for line in self.screen.query(StatusLine):
            line.say(words, Tone.BUSY)

    @property
    def _is_in_use(self) -> bool:
        if not self.screen_stack:
            return False  # it ends just now
        screen = self.screen
        if not isinstance(screen, Entrance) or i18n.current() != self._language:
            return True
        return screen.is_touched

    @property
    def _is_waiting(self) -> bool:
        """Whether an answer is on its way: without it a code would be spent for nothing."""
        return isinstance(self.screen, Entrance) and self.screen.is_waiting

    def _leave_alone(self) -> None:
        """The person has gone."""
        if self._shows is not None:
            self.post_message(SignedOut())
        elif self._is_in_use and not self._is_waiting:
            self._speak(self._language)
            self.call_next(self._show, self._entrance)

    # --- only what a kiosk may -----------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whatever key or text asks for it."""
        return action in ALLOWED

    def copy_to_clipboard(self, text: str) -> None:
        """Nothing leaves by a clipboard, nor waits there for the next person."""

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """No link leads anywhere."""

    def deliver_screenshot(self, *_: object, **__: object) -> str | None:
        """No picture is made."""
        return None

    def get_driver_class(self) -> type[Driver]:
        """In a browser, one that ends with it."""
        driver = super().get_driver_class()
        if driver.__name__ != "WebDriver":
            return driver
        from vestibule.kiosk.web_driver import KioskWebDriver

        return KioskWebDriver

    def _furnish(self, screen: Screen[Any]) -> None:
        """Dialogs of the desk get a keypad where something is typed, and say no keys that do nothing here."""
        for line in screen.query(KeyLine):
            self.watch(line, "keys", partial(_hide_keys, line))
        if screen.query(Input) and not screen.query(Keypad):
            for buttons in screen.query(".buttons").results():
                if isinstance(buttons.parent, Widget):
                    buttons.parent.mount(Keypad(), before=buttons)

    def _handle_exception(self, error: Exception) -> None:
        """A guest is shown no crash; where it happened goes to the system's log."""
        if self.is_headless:
            super()._handle_exception(error)
            return
        report(error)
        self.exit(return_code=1)


def _hide_keys(line: KeyLine, keys: Keys) -> None:
    line.keys = tuple(pair for pair in keys if pair[0] not in _HIDDEN_KEYS)
