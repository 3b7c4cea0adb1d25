"""What happened to one's access since one was last told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.remote.connection import Connection
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.render.notice_words import words
from vestibule.render.when import zone
from vestibule.screens.trying import Trying
from vestibule.two_factor_models import Notice
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine

GLANCE = 0.7
"""Seconds in which Enter was meant for what lay here before."""


class NoticesShown(Trying[bool]):
    """True once the person has said to have read them; put off, they come again at the next login."""

    CSS_PATH = "notices.tcss"
    AUTO_FOCUS = "#read"
    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "later", marked("Later")),
        Binding("up", "roll(-1)", marked("Move"), show=False),
        Binding("down", "roll(1)", marked("Move"), show=False),
        Binding("pageup", "roll(-1, True)", marked("Move"), show=False),
        Binding("pagedown", "roll(1, True)", marked("Move"), show=False),
    ]

    def __init__(self, connection: Connection, notices: Sequence[Notice], site_zone: ZoneInfo) -> None:
        """``notices`` are the oldest first, and at least one."""
        super().__init__(connection, site_zone)
        self._notices = notices
        self._telling = False

    def compose(self) -> ComposeResult:
        """One paragraph each, the button, the keys."""
        now = datetime.now(UTC)
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Since you were last told")
            with VerticalScroll(id="all", can_focus=False):
                for notice in self._notices:
                    yield Static(text.content(words(notice, now, self.site_zone)), markup=False)
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("I have read this"), id="read")
        yield KeyLine([("Enter", _("I have read this")), ("Esc", _("later"))])

    def on_mount(self) -> None:
        """Say so if there is more than can be seen."""
        self._shown_at = time.monotonic()
        self.call_after_refresh(self._show_keys)

    def on_resize(self) -> None:
        """There may be room for all of them now."""
        self.call_after_refresh(self._show_keys)

    def _show_keys(self) -> None:
        more = self.query_one("#all").max_scroll_y > 0
        keys = [("↑↓", _("more"))] if more else []
        self.query_one(KeyLine).say([("Enter", _("I have read this")), *keys, ("Esc", _("later"))])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There may be nothing to move."""
        return action != "roll" or (self.is_mounted and self.query_one("#all").max_scroll_y > 0)

    def action_roll(self, step: int, page: bool = False) -> None:
        """Move the text, at once: keys that come together would undo one another."""
        pane = self.query_one("#all")
        lines = step * (pane.size.height - 1 if page else 1)
        pane.scroll_to(y=pane.scroll_y + lines, animate=False, immediate=True)

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """They are read."""
        if not self._telling and time.monotonic() - self._shown_at > GLANCE:
            self._telling = True
            self.beside(self._tell, "seen")

    async def _tell(self) -> None:
        async def tell() -> bool:
            await self.connection.api.seen_notices(self._notices[-1].id)
            return True

        try:
            if await self.attempt(tell):
                self.leave(True)
        finally:
            self._telling = False

    def action_later(self) -> None:
        """Not now."""
        self.leave(False)


async def show_unread(app: App[Any], connection: Connection) -> None:
    """Show the person who has just signed in what they were not told yet; nothing if that cannot be known."""
    found = await unread(connection)
    if found and connection.client is not None:
        info = connection.info
        app.push_screen(NoticesShown(connection, found, zone(info.time_zone if info else "UTC")))


async def unread(connection: Connection) -> list[Notice]:
    """What the person was not told yet; none when the server does not say."""
    try:
        return (await connection.api.notices()).notices
    except (ApiProblem, Unreachable):
        return []
