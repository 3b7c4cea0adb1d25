"""Manage clients: the list, one client beside it, and everything that may be done to one."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.widgets import Input, Static

from vestibule.i18n import _, marked
from vestibule.models import Client, Events, Sort
from vestibule.remote.connection import Connection
from vestibule.screens.client_acts import ClientActs
from vestibule.terminal import Profile
from vestibule.widgets.client_detail import ClientDetail
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.field import PlainInput
from vestibule.widgets.header_line import HeaderLine
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.status_line import StatusLine

_FOR_CODE = frozenset({"revoke", "alone", "copy", "by_cloud"})
_FOR_CLIENT = frozenset({"edit", "new_code", "able", "remove", "reset", "devices", "activity"})


class Clients(ClientActs):
    """The list fed page by page from the API; a code turns into a name while one looks on."""

    CSS_PATH = "clients.tcss"
    DIGIT = "1"
    AUTO_FOCUS = "ClientList"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - declared so by Textual
        (0, "-tiny"),
        (72, "-narrow"),
        (112, "-wide"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", marked("Add a client"), id="clients.add"),
        Binding("e", "edit", marked("Edit the client"), id="clients.edit"),
        Binding("n", "new_code", marked("New one-time code"), id="clients.new_code"),
        Binding("x", "revoke", marked("Revoke the code"), id="clients.revoke"),
        Binding("d", "able", marked("Disable or enable the client"), id="clients.able"),
        Binding("v", "alone", marked("Show the QR code alone"), id="clients.alone"),
        Binding("y", "copy", marked("Copy the link"), id="clients.copy"),
        Binding("c", "by_cloud", marked("Link by the cloud, or the usual one"), id="clients.by_cloud"),
        Binding("slash", "filter", marked("Filter the clients"), key_display="/", id="clients.filter"),
        Binding("o", "sort", marked("Sort by state, name or expiry"), id="clients.sort"),
        Binding("delete", "remove", marked("Remove the client"), id="clients.remove"),
        Binding("w", "devices", marked("Where the client is signed in"), id="clients.devices"),
        Binding("h", "activity", marked("Activity of the client"), id="clients.activity"),
        Binding("z", "reset", marked("Reset two-factor login"), id="clients.reset"),
        Binding("s", "style", marked("Draw the QR code in another style"), id="clients.style"),
        Binding("i", "invert", marked("Invert the QR code"), id="clients.invert"),
        Binding("escape", "unfilter", marked("Show everybody")),
    ]

    def __init__(self, connection: Connection, profile: Profile) -> None:
        super().__init__(connection, profile)
        self._sort = Sort.STATE
        self._widest = 0
        """Cells of the longest count so far."""

    def compose(self) -> ComposeResult:
        """Header; list and detail side by side; sentences; keys."""
        yield HeaderLine()
        with Horizontal(id="desk"):
            with Vertical(id="left"):
                with Horizontal(id="bar"):
                    yield Static("", id="count", markup=False)
                    yield PlainInput(placeholder=_("/ filter"), id="filter")
                yield ClientList(plain_glyphs=self.profile.plain_glyphs)
            yield ClientDetail(half_blocks=self.profile.half_blocks)
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Times are the site's."""
        self._list.zone = self.query_one(ClientDetail).zone = self.site_zone
        self._list.empty = _("Nobody here yet. Press a to add the first client.")
        self._show_count()
        self.watch(self._list, "selected", self._show_selected, init=False)
        self.say(self.connection.notice)

    # --- shorthand ----------------------------------------------------------------------------

    @property
    def _filter(self) -> str:
        return self.query_one("#filter", Input).value.strip()

    # --- the list asks, changes arrive --------------------------------------------------------

    def on_client_list_wanted(self, event: ClientList.Wanted) -> None:
        """Fetch a page for the list."""
        self.work(lambda: self._fetch(event), "pages")

    async def _fetch(self, wanted: ClientList.Wanted) -> None:
        async def ask() -> bool:
            page = await self.connection.api.clients(
                filter_text=self._filter, sort=self._sort, limit=wanted.limit, at=wanted.at
            )
            self._list.fill(page, wanted.generation)
            return True

        if await self.attempt(ask, _("Loading…")):
            self._show_count()
        elif self.is_attached:
            self._list.failed(wanted.at, wanted.generation)

    def news(self, events: Events) -> None:
        """Show what changed, where it is in view."""
        super().news(events)
        self._list.reload()

    def line(self, lost: bool) -> None:
        """Back after a lost connection: load anew."""
        super().line(lost)
        if not lost:
            self._list.reload()

    def on_client_list_expired(self) -> None:
        """The code of a client in view has ended."""
        self._list.reload()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """In the filter letters are no keys."""
        self.show_keys()

    def _show_selected(self, client: Client | None) -> None:
        self._chosen = client
        self.show_chosen()
        self.show_keys()

    def _show_count(self) -> None:
        total = self._list.total
        orders = {Sort.STATE: _("by state"), Sort.NAME: _("by name"), Sort.EXPIRY: _("by expiry")}
        count = "…" if total is None else str(total)
        said = f"{_('Clients')} {count} {orders[self._sort]}"
        # As wide as it ever was: else the filter would move at each letter that is typed in it.
        grows, self._widest = len(said) > self._widest, max(self._widest, len(said))
        self.query_one("#count", Static).update(said.ljust(self._widest), layout=grows)

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        chosen = self._chosen
        if action in _FOR_CLIENT and chosen is None:
            return False
        if chosen is not None and chosen.service and action in ("new_code", "able", "remove"):
            return False
        if action == "by_cloud" and not self.has_cloud:
            return False
        if action in (*_FOR_CODE, "style", "invert"):
            return chosen is not None and chosen.code is not None
        if action == "reset":
            return chosen is not None and (chosen.asked or bool(chosen.factors))
        if action == "unfilter":
            return self.is_mounted and (bool(self._filter) or self.focused is not self._list)
        return super().check_action(action, parameters)

    def keys_in_force(self) -> list[tuple[str, str]]:
        """What can be done here and with the selected client."""
        able = _("enable") if self._chosen is not None and not self._chosen.enabled else _("disable")
        keys = [
            ("add", "a", _("add")),
            ("edit", "e", _("edit")),
            ("new_code", "n", _("new code")),
            ("revoke", "x", _("revoke")),
            ("able", "d", able),
            ("alone", "v", _("QR")),
            ("copy", "y", _("copy link")),
            ("by_cloud", "c", _("usual link") if self.goes_by_cloud else _("link by cloud")),
            ("filter", "/", _("filter")),
            ("keys", "?", _("keys")),
            ("sort", "o", _("sort")),
            ("remove", "Del", _("remove")),
            ("devices", "w", _("devices")),
            ("activity", "h", _("activity")),
            ("reset", "z", _("reset two-factor")),
            ("style", "s", _("QR style")),
            ("invert", "i", _("QR inverted")),
        ]
        found = [(key, words) for action, key, words in keys if self.check_action(action, ())]
        if self.focused is not None and self.focused.id == "filter":  # where letters are typed
            found = [("Enter", _("to the list")), ("Esc", _("everybody"))]
        return [*found, ("ctrl+o", _("sign out")), ("ctrl+q", _("quit"))]

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one("#filter", Input).focus()

    def action_unfilter(self) -> None:
        """Show everybody again, and back to the list."""
        self.query_one("#filter", Input).value = ""
        self._list.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        if event.input.id == "filter":
            nothing = _("Nobody matches. Esc shows everybody.") if self._filter else ""
            self._list.empty = nothing or _("Nobody here yet. Press a to add the first client.")
            self._list.restart()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the filter goes to what was found."""
        self._list.focus()

    def show_client(self, client: Client) -> None:
        """Go to one client, as another section asks for it."""
        field = self.query_one("#filter", Input)
        with field.prevent(Input.Changed):
            field.value = client.label
        self._list.restart()
        self._list.select_id(client.id)
        self._list.focus()

    def action_sort(self) -> None:
        """The next order: state, name, expiry."""
        orders = list(Sort)
        self._sort = orders[(orders.index(self._sort) + 1) % len(orders)]
        self._show_count()
        self._list.restart()
        if self._chosen is not None:
            self._list.select_id(self._chosen.id)  # or the next key would act on somebody else
