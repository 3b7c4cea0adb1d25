"""Sites of this cloud: which may register, when each was last heard of, and who has posed as one of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import DescendantFocus
from textual.widgets import Input
from textual.worker import Worker

from vestibule import text
from vestibule.cloud_models import CloudSites as Page
from vestibule.i18n import _, marked, ngettext
from vestibule.models import Events
from vestibule.remote.connection import Connection
from vestibule.render.cloud_details import listed, site_facts, site_warning
from vestibule.screens.cloud_site_acts import CloudSiteActs
from vestibule.widgets.cloud_site_rows import CloudSiteRows
from vestibule.widgets.field import PlainInput
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.lines import Lines
from vestibule.widgets.rows import Heading
from vestibule.widgets.status_line import StatusLine

PAGE = 50
_AHEAD = 10
"""Rows before the end of what is here at which more are asked for."""


class CloudSites(CloudSiteActs):
    """The list above, page by page as one goes down; the site under the cursor below."""

    CSS_PATH = "wide_dialog.tcss"
    AUTO_FOCUS = "CloudSiteRows"
    DEFAULT_CSS: ClassVar[str] = """
    CloudSites #filter { display: none; margin: 0 1; }
    CloudSites #filter.-open { display: block; }
    CloudSites #detail { scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", marked("Add a site to this cloud"), id="cloud_sites.add"),
        Binding("z", "reset", marked("Let the site register anew"), id="cloud_sites.reset"),
        Binding("delete", "remove", marked("Remove the site from this cloud"), id="cloud_sites.remove"),
        Binding(
            "slash", "filter", marked("Filter by serial number"), key_display="/", id="cloud_sites.filter"
        ),
        Binding("o", "warned", marked("Only sites with a warning, or all"), id="cloud_sites.warned"),
        Binding("r", "look", marked("Look again"), id="cloud_sites.look"),
        Binding("escape", "close", marked("Back")),
    ]

    def __init__(self, connection: Connection, site_zone: ZoneInfo) -> None:
        super().__init__(connection, site_zone)
        self._pages: list[Page] = []
        """Those that are here, one after the other; the next begins where the last one's ``next`` says."""
        self._asking: Worker[None] | None = None
        self._warned_only = self._has_warnings = False
        self._unsubscribe: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """Filter, list, detail, sentences, keys."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = _("Sites of this cloud")
            yield Heading(id="count")
            yield PlainInput(placeholder=_("a part of the serial number"), id="filter")
            yield CloudSiteRows(self.site_zone)
            yield Lines(id="detail")
            yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask for the first ones, and listen."""
        self._unsubscribe = self.connection.live.subscribe(self)
        self.restart()
        self._show_keys()

    def on_unmount(self) -> None:
        """Listen no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    def news(self, events: Events) -> None:
        """A site was added, reset, removed, has registered or has answered an offer."""
        if events.reset or any(event.action.startswith("cloud.") for event in events.events):
            self.reload()

    def line(self, lost: bool) -> None:
        """The connection is back."""
        if not lost:
            self.reload()

    # --- pages --------------------------------------------------------------------------------

    def restart(self) -> None:
        """The first page, and no other. What is shown stays until it is here, but nothing builds on it."""
        self._pages = []
        self._asking = self.beside(self._restart, "list", exclusive=True)

    async def _restart(self) -> None:
        page = await self._ask(None)
        if page is not None:
            self._pages = [page]
            self._rows.cursor = 0
            self._show()

    def reload(self) -> None:
        """The page under the cursor; those after it as long as they still follow."""
        self._asking = self.beside(self._reload, "list", exclusive=True)

    async def _reload(self) -> None:
        at = min(self._rows.cursor // PAGE, max(0, len(self._pages) - 1))
        page = await self._ask(self._pages[at - 1].next if at else None)
        if page is not None:
            is_followed = at < len(self._pages) and self._pages[at].next == page.next
            after = self._pages[at + 1 :] if is_followed else []
            self._pages = [*self._pages[:at], page, *after]
            self._show()
            await self._more()  # of which the asking may have been cut short by this

    async def _more(self) -> None:
        """Page after page, until enough is here below the cursor."""
        while self._is_near_end:
            page = await self._ask(self._pages[-1].next)
            if page is None:
                return
            self._pages.append(page)
            self._show()

    @property
    def _is_near_end(self) -> bool:
        more = bool(self._pages) and self._pages[-1].next is not None
        return more and self._rows.cursor >= len(self._rows.items) - _AHEAD

    async def _ask(self, cursor: str | None) -> Page | None:
        found = await self.attempt(
            lambda: self.connection.api.cloud_sites(
                PAGE, cursor, filter_text=self._filter.value.strip(), warned=self._warned_only
            ),
            _("Loading…"),
        )
        return found if self.is_there else None

    # --- what is shown ------------------------------------------------------------------------

    @property
    def _filter(self) -> PlainInput:
        return self.query_one("#filter", PlainInput)

    def _show(self) -> None:
        nothing = _("No site matches. Esc shows all.")
        nobody = _("No site yet. Press a to add one by its serial number.")
        self._rows.empty = nothing if self._is_narrowed else nobody
        self._rows.show([site for page in self._pages for site in page.sites])
        last = self._pages[-1]
        self._has_warnings = last.warned > 0
        words = [ngettext("%d site", "%d sites", last.total) % last.total]
        if last.warned:
            words.append("! " + ngettext("%d warning", "%d warnings", last.warned) % last.warned)
        self.query_one("#count", Heading).words = " · ".join(words)
        self._show_chosen()

    def on_rows_highlighted(self) -> None:
        """Another site; near the end of what is here there may be more."""
        self._show_chosen()
        # Asked for already, it is on its way: on a slow line each key would ask anew.
        is_asked = self._asking is not None and not self._asking.is_finished
        if self._is_near_end and not is_asked:
            self._asking = self.beside(self._more, "list", exclusive=True)

    def on_resize(self) -> None:
        """Long values are wrapped to the width."""
        self._show_chosen()

    def _show_chosen(self) -> None:
        chosen, pane, now = self._rows.selected, self.query_one("#detail", Lines), datetime.now(UTC)
        self._show_keys()
        if chosen is None:
            pane.show([])
            return
        known = site_facts(chosen, now, self.site_zone)
        warning = site_warning(chosen, now, self.site_zone)
        parts = [text.content(f"! {warning}", "bold")] if warning else []
        pane.put(Content("\n").join([*parts, listed(known, pane.room)]))
        pane.scroll_home(animate=False)

    # --- keys ---------------------------------------------------------------------------------

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """In the filter letters are no keys."""
        self.query_one("#count", Heading).current = isinstance(event.widget, CloudSiteRows)
        self._show_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        if action in ("reset", "remove"):
            return self.is_there and self._rows.selected is not None
        if action == "warned":
            return self._warned_only or self._has_warnings
        return True

    def _show_keys(self) -> None:
        self.refresh_bindings()
        if self.focused is self._filter:
            self.query_one(KeyLine).say([("Enter", _("to the list")), ("Esc", _("all"))])
            return
        keys = [
            ("add", "a", _("add")),
            ("reset", "z", _("reset")),
            ("remove", "Del", _("remove")),
            ("filter", "/", _("filter")),
            ("warned", "o", _("all") if self._warned_only else _("warnings only")),
            ("look", "r", _("look again")),
            ("next", "Tab", _("detail")),
            ("close", "Esc", _("all") if self._is_narrowed else _("back")),
        ]
        self.query_one(KeyLine).say(
            [(key, words) for action, key, words in keys if self.check_action(action, ())]
        )

    @property
    def _is_narrowed(self) -> bool:
        """Whether others than all are shown, or may be in a moment."""
        return self._warned_only or self._filter.has_class("-open")

    def action_look(self) -> None:
        """When sites were last heard of is told only to who asks."""
        self.reload()

    def action_warned(self) -> None:
        """Only those that somebody has posed as, or all."""
        self._warned_only = not self._warned_only
        self.restart()

    def action_filter(self) -> None:
        """Type a filter."""
        self._filter.add_class("-open")
        self._filter.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        self.restart()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to what was found."""
        self._rows.focus()
        if not self._filter.value.strip():
            self._filter.remove_class("-open")

    def action_close(self) -> None:
        """All sites again, else back."""
        if not self._is_narrowed:
            self.leave(None)
            return
        self._warned_only = False
        self._rows.focus()
        self._filter.remove_class("-open")
        self._filter.value = ""
        self.restart()
