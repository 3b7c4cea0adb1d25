"""What may be done in Activity: look at one row, narrow the list, go to a client, verify, export."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from textual.widgets import Input

from vestibule.i18n import _, ngettext
from vestibule.models import AuditFilter, Client
from vestibule.render.activity_row import about, client_of, is_client_there, who
from vestibule.render.activity_search import match
from vestibule.screens.section import Section
from vestibule.text import visible
from vestibule.widgets.activity_rows import ActivityRows
from vestibule.widgets.rows import Rows


class About(NamedTuple):
    """The client that the list is narrowed to."""

    id: str
    name: str


class ActivityActs(Section):
    """The acts, on the row under the cursor or on the whole list."""

    _refused = False
    _about: About | None = None

    @property
    def _rows(self) -> ActivityRows:
        return self.query_one(ActivityRows)

    # --- which rows ---------------------------------------------------------------------------

    def wanted(self) -> AuditFilter:
        """What the list shows."""
        return AuditFilter(
            client=self._about.id if self._about is not None else None,
            refused=self._refused,
            match=match(self.query_one("#filter", Input).value),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether there may be more than the list shows."""
        return self.wanted() != AuditFilter()

    def show_client(self, client: Client) -> None:
        """Show what one client has done and what was done with it, as another section asks for it."""
        self._clear()
        self._about = About(client.id, client.name or client.label)
        self._begin_anew()
        self._rows.focus()

    def action_refused(self) -> None:
        """Only what was refused, or everything again."""
        self._refused = not self._refused
        self._begin_anew()

    def action_only(self) -> None:
        """Only the client of this row, or everybody again."""
        chosen = self._rows.selected
        if self._about is not None:
            self._about = None
        elif chosen is not None and (found := client_of(chosen)) is not None:
            self._about = About(found, about(chosen) if found == chosen.subject else who(chosen))
        self._begin_anew()

    def action_unfilter(self) -> None:
        """Show everything again, and back to the list."""
        was_filtered = self.is_filtered
        self._clear()
        self._rows.focus()
        if was_filtered:
            self._begin_anew()

    def _clear(self) -> None:
        self._refused, self._about = False, None
        field = self.query_one("#filter", Input)
        with field.prevent(Input.Changed):
            field.value = ""

    def _begin_anew(self) -> None:
        self._rows.restart()
        self.show_keys()

    # --- one row ------------------------------------------------------------------------------

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Enter shows all of it."""
        from vestibule.screens.activity_detail import ActivityDetail

        chosen = self._rows.selected
        if chosen is not None:
            self.app.push_screen(ActivityDetail(chosen, self.site_zone))

    def action_client(self) -> None:
        """Go to the client of this row, in Clients."""
        chosen = self._rows.selected
        if chosen is not None and is_client_there(chosen):
            self.work(lambda: self._go_to(client_of(chosen) or ""), "client")

    async def _go_to(self, client_id: str) -> None:
        from vestibule.screens.clients import Clients

        client = await self.attempt(lambda: self.connection.api.client(client_id), _("Loading…"))
        if client is None:
            return
        await self.app.switch_mode("clients")
        clients = self.app.screen
        if isinstance(clients, Clients):
            clients.show_client(client)

    # --- the chain ----------------------------------------------------------------------------

    def action_verify(self) -> None:
        """Check the whole record."""
        from vestibule.screens.activity_check import ActivityCheck

        self.app.push_screen(ActivityCheck(self.connection, self.site_zone))

    def action_export(self) -> None:
        """Write what the list shows to a file."""
        from vestibule.screens.activity_export import ActivityExport

        wanted = self.wanted()
        count = len(self._rows.items)
        said = _("The whole record, newest first: one JSON document a line.")
        if wanted != AuditFilter():
            said = ngettext("The %d row that matches.", "The %d rows that match.", count) % count
        name = f"{visible(self.connection.site_name, 40) or 'vestibule'}-audit.jsonl".replace("/", "-")
        dialog = ActivityExport(self.connection, self.site_zone, wanted, said, Path.cwd() / name)
        self.app.push_screen(dialog, lambda done: self.say(done) if done else None)
