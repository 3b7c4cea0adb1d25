"""What the kiosk shows of somebody's access, until they leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.kiosk.entrance import LanguageChanged
from vestibule.kiosk.languages import Languages
from vestibule.models import Events
from vestibule.render.client_details import details, lines
from vestibule.screens.base import BaseScreen, SignedOut
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine, Tone

_WIDEST = 60


class KioskHome(BaseScreen):
    """One's own access, live, and one large way out."""

    CSS_PATH = "home.tcss"
    AUTO_FOCUS = "#done"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "done", marked("Sign out"), show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("f5", "language", marked("Language"), show=False),
    ]
    _unsubscribe: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """The access and the way out; the languages, sentences, keys."""
        with Vertical(classes="dialog", id="access") as dialog:
            dialog.border_title = text.content(self.connection.site_name or "Vestibule")
            with VerticalScroll(can_focus=False):
                yield Static(_("Welcome. This is your access:"), classes="sentence", id="welcome")
                yield Static("", id="what", markup=False)
            with Horizontal(classes="buttons"):
                yield PushButton(_("I am done: sign out"), id="done")
        yield Languages()
        yield StatusLine()
        yield KeyLine([("Enter", _("sign out")), ("Tab", _("next")), ("F5", _("language"))])

    def on_mount(self) -> None:
        """Show what is known, and listen."""
        self._unsubscribe = self.connection.live.subscribe(self)
        self._show()

    def on_unmount(self) -> None:
        """Listen no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    def on_resize(self) -> None:
        """Long values break elsewhere."""
        self._show()

    def news(self, _events: Events) -> None:
        """One's own access changed."""
        self.work(self._load, "load")

    def line(self, lost: bool) -> None:
        """The server was lost, or is back: what changed meanwhile?"""
        if lost:
            self.say(_("No connection at the moment. It comes back by itself."), Tone.PROBLEM)
        else:
            self.say("")
            self.work(self._load, "load")

    async def _load(self) -> None:
        me = await self.attempt(self.connection.api.me)
        if me is not None:
            self.connection.client = me.client
            self._show()

    def _show(self) -> None:
        client = self.connection.client
        if client is not None:
            width = max(20, min(_WIDEST, self.app.size.width - 6))
            own = details(client, datetime.now(UTC), self.site_zone, own=True)
            self.query_one("#what", Static).update(lines(own, width))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Help speaks of the desk, not of a kiosk."""
        return action != "help"

    def action_language(self) -> None:
        """Go to the languages."""
        self.query_one(Languages).focus()

    def on_languages_chosen(self, event: Languages.Chosen) -> None:
        """The same screen in another language."""
        self.app.post_message(LanguageChanged(event.code))

    def on_push_button_pressed(self) -> None:
        """Done."""
        self.action_done()

    def action_done(self) -> None:
        """Back to the entrance; at a kiosk nobody is asked twice."""
        self.app.post_message(SignedOut())
