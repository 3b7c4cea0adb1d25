"""Licences & codes: who has the Admin option, the one-time codes that are out, the licence codes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.widgets import Input, Static

from vestibule import text
from vestibule.i18n import _, marked, ngettext
from vestibule.models import Client, Events, Sort
from vestibule.models import Licences as AllLicences
from vestibule.models import OutstandingCodes as AllCodes
from vestibule.screens.licence_acts import LicenceActs
from vestibule.widgets.admin_list import AdminList
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.field import PlainInput
from vestibule.widgets.header_line import HeaderLine
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.licence_list import LicenceList
from vestibule.widgets.outstanding_codes import OutstandingCodes
from vestibule.widgets.rows import Heading, Rows
from vestibule.widgets.status_line import StatusLine

_PARTS: dict[str, type[AdminList | OutstandingCodes | LicenceList]] = {
    "switch": AdminList,
    "filter": AdminList,
    "only": AdminList,
    "alone": OutstandingCodes,
    "revoke": OutstandingCodes,
    "add": LicenceList,
    "remove": LicenceList,
}
"""In which part a key is in force."""


class Licences(LicenceActs):
    """Three lists; the keys are those of the one in focus."""

    CSS_PATH = "licences.tcss"
    DIGIT = "3"
    AUTO_FOCUS = "AdminList"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - declared so by Textual
        (0, "-tiny"),
        (72, "-narrow"),
        (112, "-wide"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", marked("Admin option on or off"), id="licences.switch"),
        Binding("slash", "filter", marked("Filter the clients"), key_display="/", id="licences.filter"),
        Binding("o", "only", marked("Only admins, or everybody"), id="licences.only"),
        Binding("v", "alone", marked("Show the code as QR code"), id="licences.alone"),
        Binding("x", "revoke", marked("Revoke the code"), id="licences.revoke"),
        Binding("a", "add", marked("Add a licence"), id="licences.add"),
        Binding("delete", "remove", marked("Remove the licence"), id="licences.remove"),
        Binding("escape", "unfilter", marked("Show everybody")),
    ]
    _asked = 0
    """Number of the last question for codes and licences: an older answer is not shown."""

    _admins_only = False

    def compose(self) -> ComposeResult:
        """Header; clients at the left, codes over licences at the right; sentences; keys."""
        yield HeaderLine()
        with Horizontal(id="desk"):
            with Vertical(id="users"):
                yield Heading(id="users-heading")
                yield PlainInput(placeholder=_("filter"), id="filter")
                yield AdminList(plain_glyphs=self.profile.plain_glyphs)
            with Vertical(id="rest"):
                yield Heading(id="codes-heading")
                yield OutstandingCodes()
                yield Heading(id="licences-heading")
                yield LicenceList()
                yield Static("", id="seats", markup=False)
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask for everything."""
        self._users.empty = _("Nobody matches. Esc shows everybody.")
        self._codes.empty = _("No code is out. Codes are issued in Clients.")
        self._licences.empty = _("No licence yet. Press a to add one.")
        self._show_headings()
        self.watch(self._users, "selected", self.show_keys, init=False)
        self._load()

    # --- what is shown ------------------------------------------------------------------------

    def news(self, events: Events) -> None:
        """Something changed."""
        super().news(events)
        self._users.reload()
        self._load()

    def line(self, lost: bool) -> None:
        """Back after a lost connection: load anew."""
        super().line(lost)
        if not lost:
            self._users.reload()
            self._load()

    def _load(self) -> None:
        self.work(self._fetch, "licences")

    async def _fetch(self) -> None:
        self._asked += 1
        number = self._asked

        async def ask() -> tuple[AllCodes, AllLicences]:
            return await self.connection.api.codes(), await self.connection.api.licences()

        answer = await self.attempt(ask, _("Loading…"))
        if answer is not None and number == self._asked and self.is_attached:
            codes, licences = answer
            self._codes.show(codes.codes)
            self._licences.show(licences.licences)
            self._show_headings(codes.total, len(licences.licences))
            self._show_seats(licences)

    def on_outstanding_codes_ended(self) -> None:
        """A code has ended: there may be others to show."""
        self._load()

    def on_client_list_wanted(self, event: ClientList.Wanted) -> None:
        """Fetch a page of clients."""
        self.work(lambda: self._fetch_clients(event), "pages")

    async def _fetch_clients(self, wanted: ClientList.Wanted) -> None:
        async def ask() -> bool:
            page = await self.connection.api.clients(
                filter_text=self._filter.value.strip(),
                sort=Sort.NAME,
                limit=wanted.limit,
                at=wanted.at,
                admins=self._admins_only,
            )
            self._users.fill(page, wanted.generation)
            return True

        if await self.attempt(ask, _("Loading…")):
            self._show_headings()
        elif self.is_attached:
            self._users.failed(wanted.at, wanted.generation)

    def _show_headings(self, codes: int | None = None, licences: int | None = None) -> None:
        total = self._users.total or 0
        many = ngettext("%d admin", "%d admins", total) if self._admins_only else ""
        people = (many or ngettext("%d client", "%d clients", total)) % total
        self._heading("users").words = f"{_('Admin option')} · {people}"
        if codes is not None:
            self._heading("codes").words = f"{_('Outstanding codes')} {codes}"
            self._heading("licences").words = f"{_('Licence codes')} {licences}"

    def _show_seats(self, licences: AllLicences) -> None:
        clients = ngettext("%d client", "%d clients", licences.clients) % licences.clients
        if not licences.seats:
            said = _("%(clients)s, no seats to count") % {"clients": clients}
        else:
            seats = ngettext("%d seat", "%d seats", licences.seats) % licences.seats
            said = _("%(clients)s of %(seats)s") % {"clients": clients, "seats": seats}
        if licences.missing:
            more = ngettext("%d more than licensed", "%d more than licensed", licences.missing)
            said = f"! {said} – {more % licences.missing}"
        line = self.query_one("#seats", Static)
        line.set_class(bool(licences.missing), "-missing")
        line.update(text.content(said))

    def _heading(self, part: str) -> Heading:
        return self.query_one(f"#{part}-heading", Heading)

    # --- focus, selection, keys ---------------------------------------------------------------

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The heading and the keys follow the focus."""
        lists = {"users": AdminList, "codes": OutstandingCodes, "licences": LicenceList}
        for part, kind in lists.items():
            self._heading(part).current = isinstance(event.widget, kind)
        self.show_keys()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another code or licence."""
        self.show_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force in their part, where they would do something."""
        part = _PARTS.get(action)
        if action == "unfilter":
            return self.is_mounted and self._filter.has_class("-open")
        if part is None:
            return super().check_action(action, parameters)
        focused = self.focused
        if not isinstance(focused, part):
            return False
        return action in ("filter", "only", "add") or focused.selected is not None

    def keys_in_force(self) -> list[tuple[str, str]]:
        """What can be done in the part in focus."""
        keys = [
            ("switch", "Space", self._switch_word(self._users.selected)),
            ("only", "o", _("everybody") if self._admins_only else _("admins only")),
            ("filter", "/", _("filter")),
            ("alone", "v", _("show")),
            ("revoke", "x", _("revoke")),
            ("add", "a", _("add")),
            ("remove", "Del", _("remove")),
        ]
        found = [(key, words) for action, key, words in keys if self.check_action(action, ())]
        if self.focused is self._filter:
            found = [("Enter", _("to the list")), ("Esc", _("everybody"))]
        return [*found, ("Tab", _("next part")), *super().keys_in_force()]

    def _switch_word(self, client: Client | None) -> str:
        return _("Admin off") if client is not None and client.admin else _("Admin on")

    def action_filter(self) -> None:
        """Type a filter."""
        self._filter.add_class("-open")
        self._filter.focus()

    def action_unfilter(self) -> None:
        """Show everybody again."""
        if self._filter.has_class("-open"):
            self._users.focus()
            self._filter.value = ""
            self._filter.remove_class("-open")

    def action_only(self) -> None:
        """Only who has the Admin option, or everybody."""
        self._admins_only = not self._admins_only
        self._users.restart()
        self.show_keys()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        self._users.restart()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to what was found."""
        self._users.focus()
        if not self._filter.value.strip():
            self._filter.remove_class("-open")
