"""System: the property grid. Edits are staged here and rule once they are uploaded."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked, ngettext
from vestibule.models import Events
from vestibule.properties import BY_KEY, Kind
from vestibule.render.cloud_rows import fitting
from vestibule.render.property_words import explained, explanations, lines
from vestibule.screens.cloud_standing import CloudStanding
from vestibule.text import visible
from vestibule.widgets.header_line import HeaderLine
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.property_grid import PropertyGrid
from vestibule.widgets.rows import Heading, Rows
from vestibule.widgets.status_line import StatusLine, Tone

_NEW_VERSION = frozenset({"system.uploaded", "system.restored"})
_PACKAGE_NAME = 24
"""Characters of a file name in the heading."""


class System(CloudStanding):
    """The grid, a few words on the row in focus, sentences, keys."""

    CSS_PATH = "system.tcss"
    DIGIT = "2"
    AUTO_FOCUS = "PropertyGrid"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "edit", marked("Edit this row"), id="system.edit"),
        Binding("u", "upload", marked("Upload to the server"), id="system.upload"),
        Binding("r", "revert", marked("Revert this edit"), id="system.revert"),
        Binding("R", "revert_all", marked("Revert all edits"), id="system.revert_all"),
        Binding("v", "versions", marked("Versions"), id="system.versions"),
        Binding("p", "package", marked("Package file"), id="system.package"),
        Binding("c", "cloud", marked("Cloud"), id="system.cloud"),
        Binding("V", "reveal", marked("Reveal the secret"), id="system.reveal"),
    ]
    _asked = 0
    """Number of the last question for the settings: an older answer is not shown."""
    _told = 0
    """The version of which it was said that it came meanwhile …"""
    _told_so = ""
    """… and how."""

    def compose(self) -> ComposeResult:
        """Header; edits, grid, explanation; sentences; keys."""
        yield HeaderLine()
        yield Heading(id="edits")
        yield PropertyGrid()
        yield Static("", id="about", markup=False)
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask for the settings."""
        self._show_edits()
        self._load()

    def on_screen_resume(self) -> None:
        """A dialog, another section or the command line may have staged, uploaded or dropped."""
        self.staging.reload()
        if self.settings is not None:
            self.show_settings()
            self._tell_of_new_version()

    def on_resize(self) -> None:
        """There may be room for more words, or for fewer."""
        self.call_after_refresh(self._show_row)

    # --- what is in force ---------------------------------------------------------------------

    def news(self, events: Events) -> None:
        """Another version may be in force."""
        super().news(events)
        if events.reset or any(event.action in _NEW_VERSION for event in events.events):
            self._load()

    def line(self, lost: bool) -> None:
        """Back after a lost connection: load anew."""
        super().line(lost)
        if not lost:
            self._load()

    def _load(self) -> None:
        self.work(self._fetch, "system")

    async def _fetch(self) -> None:
        self._asked += 1
        number = self._asked
        answer = await self.attempt(self.connection.api.system, _("Loading…"))
        if answer is not None and number == self._asked and self.is_attached:
            self.settings = answer
            self.show_settings()
            self._tell_of_new_version()

    def _tell_of_new_version(self) -> None:
        """Once, and not while a dialog is open, which may be what uploads."""
        if self.settings is None or not self.is_active:
            return
        now = self.settings.version
        if self.staging.base in (None, now):
            if self._told_so and self.query_one(StatusLine).sentence == self._told_so:
                self.say("")
        elif self._told != now:
            said = _("Version %(now)d is in force meanwhile. Your edits are kept; u shows the differences.")
            self._told, self._told_so = now, said % {"now": now}
            self.say(self._told_so, Tone.PROBLEM)

    # --- what is shown ------------------------------------------------------------------------

    def show_settings(self) -> None:
        """Bring everything up to date with what is in force and what is staged."""
        if self.settings is not None:
            self._grid.show(lines(self.settings.settings, self.staging.edits))
        self._show_edits()
        self._show_row()

    def _show_edits(self) -> None:
        parts = [_("System")]
        draft, now = self.staging.draft, self.settings.version if self.settings is not None else None
        if draft is not None:
            count = len(draft.edits)
            edits = ngettext("%d edit", "%d edits", count) % count if count else _("package")
            parts.append(_("%(edits)s, based on version %(base)d") % {"edits": edits, "base": draft.base})
            parts += [_("package %s") % visible(self.package_name, _PACKAGE_NAME)] if draft.package else []
        if now is not None and (draft is None or draft.base != now):
            parts.append(_("version %d") % now if draft is None else _("! version %d is in force") % now)
        self.query_one("#edits", Heading).words = " · ".join(parts)

    def _show_row(self) -> None:
        self.query_one("#about", Static).update(text.content(self._explanation()))
        self.look_at_cloud()
        self.show_keys()

    def _explanation(self) -> str:
        """How the site stands with its cloud goes before what the row is for, where both do not fit."""
        line, room = self._grid.selected, self.query_one("#about", Static).content_size
        if line is None:
            return ""
        before = explained(line, brief=True)
        said = [" ".join([before, each]).strip() for each in self.cloud_words(line.key)]
        if not said:
            return explained(line)
        whole = f"{said[0]} {explanations()[line.key]}"
        return fitting([whole, *said], room.width, room.height)

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another row, or it has changed."""
        self._show_row()

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        if action in ("upload", "revert_all"):
            return self.settings is not None and self.staging.draft is not None
        if action in ("versions", "package", "cloud"):
            return self.settings is not None
        if action in ("revert", "reveal", "edit", "step"):
            return self.is_mounted and self._acts_on_row(action, self._grid.selected_key)
        return super().check_action(action, parameters)

    def _acts_on_row(self, action: str, key: str) -> bool:
        if not key:
            return False
        if action == "revert":
            return key in self.staging.edits
        if action == "reveal":
            return self.can_reveal(key)
        is_step = BY_KEY[key].kind in (Kind.SWITCH, Kind.CHOICE)
        return is_step if action == "step" else BY_KEY[key].kind is not Kind.SWITCH

    def keys_in_force(self) -> list[tuple[str, str]]:
        """What can be done here and with this row."""
        key = self._grid.selected_key
        is_choice = bool(key) and BY_KEY[key].kind is Kind.CHOICE
        keys = [
            ("step", "Space", _("next") if is_choice else _("switch")),
            ("edit", "Enter", _("edit")),
            ("upload", "u", _("upload")),
            ("revert", "r", _("revert")),
            ("revert_all", "R", _("revert all")),
            ("reveal", "V", _("reveal")),
            ("keys", "?", _("keys")),
            ("versions", "v", _("versions")),
            ("package", "p", _("package file")),
            ("cloud", "c", _("cloud")),
        ]
        found = [(key, words) for action, key, words in keys if self.check_action(action, ())]
        return [*found, *(entry for entry in super().keys_in_force() if entry not in found)]
