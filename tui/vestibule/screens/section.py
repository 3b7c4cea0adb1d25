"""A screen of somebody who is signed in: header, body, sentences, keys; told of changes as they happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from vestibule.i18n import _
from vestibule.models import Events
from vestibule.screens.base import BaseScreen, SignedOut
from vestibule.screens.sections import SECTIONS
from vestibule.screens.sections import titles as section_titles
from vestibule.widgets.header_line import HeaderLine
from vestibule.widgets.key_line import KeyLine


class Section(BaseScreen):
    """Base of the sections; ``DIGIT`` is its key."""

    DIGIT: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "sign_out", "Sign out", id="section.sign_out"),
        *(Binding(entry.digit, f"open_section('{entry.name}')", show=False) for entry in SECTIONS),
        Binding("question_mark", "keys", show=False, id="section.keys"),
    ]
    _unsubscribe: Callable[[], None] | None = None

    def on_mount(self) -> None:
        """Listen, and show where one is."""
        self._unsubscribe = self.connection.live.subscribe(self)
        self._show_header()
        self.show_keys()

    def on_unmount(self) -> None:
        """Listen no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    def on_resize(self) -> None:
        """The header fills the line."""
        self._show_header()

    def line(self, lost: bool) -> None:
        """The connection was lost or is back."""
        self._show_header()

    def news(self, events: Events) -> None:
        """Something changed; with the settings the site's name may have."""
        if events.reset or any(event.action.startswith("system.") for event in events.events):
            self.work(self._know_site, "site")

    async def _know_site(self) -> None:
        if await self.attempt(self.connection.connect) is not None:
            self._show_header()

    def _show_header(self) -> None:
        client, titles = self.connection.client, section_titles()
        admin = client is not None and client.admin
        sections = [(entry.digit, titles[entry.name], entry.digit == self.DIGIT) for entry in SECTIONS]
        who = client.name if client else ""
        if not admin:
            sections = []
        self.query_one(HeaderLine).say(self.connection.site_name, sections, who, self.connection.live.lost)

    def action_open_section(self, name: str) -> None:
        """Go to another section."""
        client = self.connection.client
        if client is not None and client.admin:
            self.app.switch_mode(name)

    def keys_in_force(self) -> list[tuple[str, str]]:
        """The keys of this screen that would do something now, the most important first."""
        return [("ctrl+o", _("sign out")), ("?", _("keys")), ("ctrl+q", _("quit"))]

    def show_keys(self) -> None:
        """Bring the key line up to date."""
        self.refresh_bindings()
        self.query_one(KeyLine).say(self.keys_in_force())

    def action_keys(self) -> None:
        """All keys, also those for which the key line is too short."""
        from vestibule.screens.keys import KeyTable

        more = [(entry.digit, section_titles()[entry.name]) for entry in SECTIONS] if self.DIGIT else []
        more += [("ctrl+p", _("find an action")), ("ctrl+l", _("draw the screen anew"))]
        self.app.push_screen(KeyTable([*self.keys_in_force(), *more]))

    def action_sign_out(self) -> None:
        """Ask, then end the session."""
        question = _("You come back with your password, or as this device where it is remembered.")
        self._ask(_("Sign out?"), question, _("Sign out"), self._sign_out)

    async def _sign_out(self) -> None:
        self.app.post_message(SignedOut())

    def _ask(self, title: str, question: str, yes: str, act: Callable[[], Awaitable[None]]) -> None:
        """Do ``act`` once the person has agreed."""
        from vestibule.screens.confirmation import Confirmation

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.work(act, "asked")

        self.app.push_screen(Confirmation(title, question, yes), answered)
