"""Home of somebody who is not an admin: who they are, until when, what they may open, and their project."""

from __future__ import annotations

from datetime import UTC, datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from vestibule.i18n import _
from vestibule.models import Events
from vestibule.render import project_words
from vestibule.render.client_details import details, lines
from vestibule.screens.project_acts import ProjectActs
from vestibule.screens.section import Section
from vestibule.widgets.header_line import HeaderLine
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.status_line import StatusLine

_WIDEST = 60
_AROUND = 3
"""Cells of the border and the room beside what is shown."""


class Home(Section, ProjectActs):
    """Shows one's own access, live."""

    CSS_PATH = "home.tcss"
    DIGIT = "1"

    def compose(self) -> ComposeResult:
        """Header, one's access, keys."""
        yield HeaderLine()
        with Vertical(classes="dialog", id="access") as dialog:
            dialog.border_title = _("Your access")
            yield Static("", id="what", markup=False)
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what is known."""
        self._show()

    def on_resize(self) -> None:
        """Long lines break elsewhere."""
        self._show()

    def project_changed(self) -> None:
        """The lines, and the keys for it."""
        self._show()
        self.show_keys()

    def keys_in_force(self) -> list[tuple[str, str]]:
        """Those for the project first: the others are the same everywhere."""
        return [*project_words.keys(self.project), *super().keys_in_force()]

    def news(self, events: Events) -> None:
        """One's own access changed."""
        super().news(events)
        self.work(self._load, "load")

    def line(self, lost: bool) -> None:
        """Back after a lost connection: what changed meanwhile?"""
        super().line(lost)
        if not lost:
            self.work(self._load, "load")

    async def _load(self) -> None:
        me = await self.attempt(self.connection.api.me)
        if me is not None:
            self.connection.client = me.client
            self._show()
            self._show_header()

    def _show(self) -> None:
        client = self.connection.client
        if client is None:
            return
        now, width = datetime.now(UTC), max(20, min(_WIDEST, self.size.width - _AROUND))
        said = [
            *details(client, now, self.site_zone, own=True),
            *project_words.details(self.project, now, self.site_zone),
        ]
        self.query_one("#what", Static).update(lines(said, width))
