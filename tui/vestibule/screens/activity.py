"""Activity: the record of decisions, the newest first, as they happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import DescendantFocus
from textual.timer import Timer
from textual.widgets import Input, Static

from vestibule import text
from vestibule.i18n import _, marked, ngettext
from vestibule.render.activity_row import client_of, is_client_there, titles
from vestibule.screens.activity_acts import ActivityActs
from vestibule.text import NAME_LIMIT, visible
from vestibule.widgets.activity_rows import ActivityRows
from vestibule.widgets.field import PlainInput
from vestibule.widgets.header_line import HeaderLine
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.status_line import StatusLine

_AT_ONCE = 500
"""Rows that are asked for when something has happened."""
_TYPING = 0.15
"""Seconds between two letters of one word."""


class Activity(ActivityActs):
    """The list fed page by page; while it is looked at, every decision is told, refusals too."""

    CSS_PATH = "activity.tcss"
    DIGIT = "5"
    AUTO_FOCUS = "ActivityRows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", marked("Filter by words"), key_display="/", id="activity.filter"),
        Binding("r", "refused", marked("Only what was refused, or everything"), id="activity.refused"),
        Binding("o", "only", marked("Only this client, or everybody"), id="activity.only"),
        Binding("c", "client", marked("Go to the client"), id="activity.client"),
        Binding("v", "verify", marked("Verify the record"), id="activity.verify"),
        Binding("x", "export", marked("Export to a file"), id="activity.export"),
        Binding("escape", "unfilter", marked("Show everything")),
    ]
    _unwatch: Callable[[], None] | None = None
    _looking = False
    _look_again = False
    _missed = False
    _typing: Timer | None = None

    def compose(self) -> ComposeResult:
        """Header; how many and the filter; the list under its titles; sentences; keys."""
        yield HeaderLine()
        with Horizontal(id="bar"):
            yield Static("", id="count", markup=False)
            yield PlainInput(placeholder=_("/ filter"), id="filter")
        yield Static("", id="titles", markup=False)
        yield ActivityRows(self.site_zone)
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Say what an empty list means."""
        self._rows.nothing = _("Nothing matches. Esc shows everything.")
        self._show_count()

    # --- the list asks, decisions arrive ------------------------------------------------------

    def on_activity_rows_wanted(self, event: ActivityRows.Wanted) -> None:
        """Fetch a page for the list."""
        self.work(lambda: self._fetch(event), "pages")

    async def _fetch(self, wanted: ActivityRows.Wanted) -> None:
        async def ask() -> bool:
            first = wanted.before is None
            cursor = None if first else str(wanted.before)
            page = await self.connection.api.audit(
                wanted.limit, cursor, wanted=self.wanted(), at=wanted.at, counted=first
            )
            self._rows.fill(page, wanted.at, wanted.generation)
            return True

        if await self.attempt(ask, _("Loading…")):
            self._show_count()
            if self._missed and self._rows.begun:
                self._missed = False
                self._look()
        elif self.is_attached:
            self._rows.failed(wanted.at, wanted.generation)

    def on_screen_resume(self) -> None:
        """Hear of every decision while this is looked at, beginning with those there were meanwhile."""
        if self._unwatch is None:
            self._unwatch = self.connection.live.watch(self._look)
        self._look()

    def on_screen_suspend(self) -> None:
        """Nobody looks: what is no news need not be told."""
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    def on_unmount(self) -> None:
        """Nor now."""
        self.on_screen_suspend()

    def line(self, lost: bool) -> None:
        """Back after a lost connection: there may be more."""
        super().line(lost)
        if not lost:
            self._look()

    def _look(self) -> None:
        """Ask for what is newer; once more if something happens meanwhile."""
        self._look_again = True
        if not self._looking and self.is_mounted:
            self._looking = True
            self.work(self._look_up, "newer")

    async def _look_up(self) -> None:
        try:
            while self._look_again:
                self._look_again = False
                if self._rows.begun:
                    await self._fetch_newer()
                elif self._rows.unanswered:
                    self._rows.restart()
                else:
                    self._missed = True  # the first page, which is under way, may not have it
        finally:
            self._looking = False

    async def _fetch_newer(self) -> None:
        rows, generation = self._rows, self._rows.generation
        page = await self.attempt(
            lambda: self.connection.api.audit(_AT_ONCE, wanted=self.wanted(), after=rows.newest)
        )
        if page is not None and self.is_attached:
            rows.add(page, generation)
            self._show_count()

    # --- what is shown ------------------------------------------------------------------------

    def on_resize(self) -> None:
        """The titles stand over their columns."""
        self.call_after_refresh(self._show_titles)

    def _show_titles(self) -> None:
        if self.is_attached:
            self.query_one("#titles", Static).update(text.content(titles(self._rows.row_width)))

    def _show_count(self) -> None:
        rows = self._rows
        count = f"{len(rows.items)}" if rows.begun else "…"
        said = [f"{_('Activity')} {count}"]
        said += [_("refused only")] if self._refused else []
        said += [visible(self._about.name, NAME_LIMIT)] if self._about is not None else []
        above = rows.above
        said += [ngettext("%d newer above", "%d newer above", above) % above] if above else []
        self.query_one("#count", Static).update(text.content(" · ".join(said)))

    def on_rows_highlighted(self) -> None:
        """Another row."""
        self._show_count()
        self.show_keys()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """In the filter letters are no keys."""
        self.show_keys()

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        if action in ("only", "client"):
            chosen = self._rows.selected if self.is_mounted else None
            has_client = chosen is not None and client_of(chosen) is not None
            if action == "only":
                return has_client or self._about is not None
            return has_client and chosen is not None and is_client_there(chosen)
        if action == "unfilter":
            return self.is_mounted and (self.is_filtered or self.focused is not self._rows)
        return super().check_action(action, parameters)

    def keys_in_force(self) -> list[tuple[str, str]]:
        """What can be done here and with the row under the cursor."""
        keys = [
            ("filter", "/", _("filter")),
            ("refused", "r", _("everything") if self._refused else _("refused only")),
            ("only", "o", _("everybody") if self._about is not None else _("only this one")),
            ("client", "c", _("to the client")),
            ("verify", "v", _("verify")),
            ("export", "x", _("export")),
        ]
        found = [(key, words) for action, key, words in keys if self.check_action(action, ())]
        if self._rows.selected is not None:
            found.insert(0, ("Enter", _("whole row")))
        if self.focused is not None and self.focused.id == "filter":  # where letters are typed
            found = [("Enter", _("to the list")), ("Esc", _("everything"))]
        return [*found, *super().keys_in_force()]

    def action_filter(self) -> None:
        """Type a filter."""
        self.query_one("#filter", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as soon as the person stops for a moment: the server looks through the whole record."""
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_TYPING, self._begin_anew)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the filter goes to what was found."""
        self._rows.focus()
