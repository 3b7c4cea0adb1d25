"""The versions of the project: what each changed, who made it, and what its hooks said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from vestibule.i18n import _, marked
from vestibule.models import Events, Version, VersionPage
from vestibule.properties import SECRETS
from vestibule.remote.connection import Connection
from vestibule.remote.errors import ApiProblem
from vestibule.render.audit_words import actor
from vestibule.render.differences import differences, hook_lines, in_order, package_words
from vestibule.render.pairs import pair
from vestibule.render.property_words import label
from vestibule.render.when import moment
from vestibule.screens.version_acts import VersionActs
from vestibule.text import visible
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.lines import Lines
from vestibule.widgets.rows import Heading
from vestibule.widgets.status_line import StatusLine
from vestibule.widgets.version_rows import VersionRows

_PAGE = 50
_AHEAD = 10
"""Rows before the end of the list at which more are asked for."""
_ABOUT = ("system.", "hook.", "retention.")


class Versions(VersionActs):
    """The list above, the version under the cursor below."""

    CSS_PATH = "wide_dialog.tcss"
    AUTO_FOCUS = "VersionRows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "compare", marked("Compare with another version"), id="versions.compare"),
        Binding("r", "restore", marked("Restore this version"), id="versions.restore"),
        Binding("e", "export", marked("Export to a file"), id="versions.export"),
        Binding("i", "import", marked("Import a file"), id="versions.import"),
        Binding("k", "keep", marked("How many versions are kept"), id="versions.keep"),
        Binding("escape", "close", marked("Back")),
    ]

    def __init__(self, connection: Connection, site_zone: ZoneInfo) -> None:
        super().__init__(connection, site_zone)
        self._next: str | None = None
        self._settings: dict[int, dict[str, Any] | None] = {}
        """Settings of versions, which never change; None for one that is not kept any more."""
        self._unsubscribe: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """List, detail, sentences, keys."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = _("Versions")
            yield VersionRows(self.site_zone)
            yield Heading(id="which")
            yield Lines(id="detail")
            yield StatusLine()
        yield KeyLine(
            [
                ("c", _("compare")),
                ("r", _("restore")),
                ("e", _("export")),
                ("i", _("import")),
                ("k", _("kept")),
                ("Tab", _("detail")),
                ("Esc", _("back")),
            ]
        )

    def on_mount(self) -> None:
        """Ask for the newest, and listen for newer ones."""
        self._unsubscribe = self.connection.live.subscribe(self)
        self.reload()

    def on_unmount(self) -> None:
        """Listen no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    def news(self, events: Events) -> None:
        """Something changed: perhaps a version was made, or a hook has ended."""
        if events.reset or any(event.action.startswith(_ABOUT) for event in events.events):
            self.reload()

    def line(self, lost: bool) -> None:
        """The connection is back."""
        if not lost:
            self.reload()

    # --- the list -----------------------------------------------------------------------------

    def reload(self) -> None:
        """Ask for all that is shown, anew."""
        self.beside(self._reload, "list", exclusive=True)

    async def _reload(self) -> None:
        wanted = max(_PAGE, min(200, len(self._rows.items)))
        page = await self.attempt(lambda: self.connection.api.versions(wanted), _("Loading…"))
        if page is not None and self.is_there:
            self._take([], page)

    async def _more(self) -> None:
        cursor = self._next
        if cursor is None:
            return
        page = await self.attempt(lambda: self.connection.api.versions(_PAGE, cursor), _("Loading…"))
        if page is not None and self.is_there:
            self._take(list(self._rows.items), page)

    def _take(self, before: list[Version], page: VersionPage) -> None:
        self._next = page.next
        self._rows.show([*before, *page.versions])
        self._show_detail()

    def on_rows_highlighted(self) -> None:
        """Another version; near the end of the list there may be more."""
        self._show_detail()
        if self._next is not None and self._rows.cursor >= len(self._rows.items) - _AHEAD:
            self.beside(self._more, "list", exclusive=True)

    def on_rows_chosen(self) -> None:
        """Enter goes to the detail."""
        self.query_one(Lines).focus()

    def action_close(self) -> None:
        """Stop what goes on, else back."""
        if not self.stop():
            self.leave(None)

    # --- the detail ---------------------------------------------------------------------------

    def _show_detail(self) -> None:
        chosen = self._rows.selected
        if chosen is None:
            return
        self.query_one("#which", Heading).words = _("Version %d") % chosen.version
        self.query_one(Lines).show(self._lines(chosen))
        if {chosen.version, chosen.version - 1} - set(self._settings):
            self.beside(partial(self._look_up, chosen), "detail", exclusive=True)

    async def _look_up(self, chosen: Version) -> None:
        """Old and new values come a moment after the rows' names."""

        async def ask() -> bool:
            for number in (chosen.version, chosen.version - 1):
                if number not in self._settings:
                    self._settings[number] = await self._settings_of(number)
            return True

        if await self.attempt(ask, _("Loading…")) and self.is_there and self._rows.selected == chosen:
            self.query_one(Lines).show(self._lines(chosen))

    async def _settings_of(self, number: int) -> dict[str, Any] | None:
        if number < 1:
            return None
        try:
            return (await self.connection.api.version(number)).settings
        except ApiProblem as refused:
            if refused.problem.code != "version_unknown":
                raise
            return None

    def _lines(self, version: Version) -> list[str]:
        about = {
            "at": moment(version.at, datetime.now(UTC), self.site_zone),
            "who": actor(version.by),
        }
        lines = [_("%(at)s by %(who)s") % about]
        if version.note:
            lines.append(visible(version.note))
        lines.append(_("Package: %s") % package_words(version.package))
        lines += self._changed(version)
        return [*lines, *(line for hook in version.hooks for line in hook_lines(hook))]

    def _changed(self, version: Version) -> list[str]:
        before, after = self._settings.get(version.version - 1), self._settings.get(version.version)
        rows: dict[str, str] = {key: label(key) for key in in_order(version.changed)}
        rows |= {key: pair(name, _("changed")) for key, name in rows.items() if key in SECRETS}
        if before is not None and after is not None:
            rows |= {row.key: row.whole for row in differences(before, after)}
        return [rows[key] for key in in_order(rows)] or [_("No row changed.")]
