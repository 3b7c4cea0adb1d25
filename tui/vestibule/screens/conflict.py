"""Somebody else has uploaded first: whose value shall stand, row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked, ngettext
from vestibule.properties import SECRETS
from vestibule.remote.staging import Staging
from vestibule.remote.uploading import Others, settle
from vestibule.render.audit_words import actor
from vestibule.render.differences import words_after, words_before
from vestibule.render.property_words import label
from vestibule.render.when import moment
from vestibule.screens.dialog import Dialog
from vestibule.screens.trying import file_problem
from vestibule.widgets.clash_rows import Clash, ClashRows
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.rows import Rows
from vestibule.widgets.status_line import StatusLine, Tone


class Conflict(Dialog[bool]):
    """True once the staged edits go on from what is in force; cancelled, they are as they were."""

    CSS_PATH = "wide_dialog.tcss"
    AUTO_FOCUS = "ClashRows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "all(False)", marked("Take all of theirs"), id="conflict.theirs"),
        Binding("m", "all(True)", marked("Keep all of mine"), id="conflict.mine"),
        Binding("f2,ctrl+s", "go", marked("Upload with this"), id="conflict.go"),
        Binding("escape", "cancel", marked("Cancel")),
    ]

    def __init__(self, staging: Staging, others: Others, site_zone: ZoneInfo) -> None:
        super().__init__()
        self._staging = staging
        self._others = others
        self._zone = site_zone

    def compose(self) -> ComposeResult:
        """Who was first, the rows, one in full, the buttons."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = _("Somebody else has uploaded in the meantime")
            yield Static(text.content(self._who()), classes="about")
            yield Static(text.content(self._what()), classes="about")
            yield Static("", id="columns", classes="columns", markup=False)
            yield ClashRows()
            yield Static("", id="whole", classes="about", markup=False)
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Upload with this"), id="go")
        yield KeyLine(
            [
                ("Space", _("theirs/mine")),
                ("t", _("all theirs")),
                ("m", _("all mine")),
                ("ctrl+s/F2", _("upload")),
                ("Esc", _("cancel")),
            ]
        )

    def on_mount(self) -> None:
        """Show the rows; mine stand until said otherwise."""
        rows = self.query_one(ClashRows)
        rows.empty = _("No row was changed by both of you.")
        rows.show([*self._clashes(), *self._taken()])

    def _who(self) -> str:
        versions = self._others.versions
        if not versions:
            return _("Version %d is in force.") % self._others.current.version
        last = versions[0]
        about = {
            "number": last.version,
            "who": actor(last.by),
            "at": moment(last.at, datetime.now(UTC), self._zone),
            "note": text.visible(last.note),
        }
        said = _("Version %(number)d, by %(who)s, %(at)s: %(note)s")
        return (said if last.note else _("Version %(number)d, by %(who)s, %(at)s")) % about

    def _what(self) -> str:
        clashes, taken = len(self._others.clashes), len(self._others.taken)
        both = ngettext("%d row changed by both of you", "%d rows changed by both of you", clashes)
        only = ngettext("%d more is taken over", "%d more are taken over", taken)
        return f"{both % clashes} · {only % taken}"

    def _clashes(self) -> list[Clash]:
        return [
            Clash(key, label(key), words_before(key, base), _theirs(key, theirs), words_after(key, mine))
            for key, (base, theirs, mine) in self._others.clashes.items()
        ]

    def _taken(self) -> list[Clash]:
        return [
            Clash(key, label(key), words_before(key, base), _theirs(key, theirs), None)
            for key, (base, theirs) in self._others.taken.items()
        ]

    def on_resize(self) -> None:
        """The heading stands over its columns."""
        self.call_after_refresh(self._show_columns)

    def _show_columns(self) -> None:
        rows = self.query_one(ClashRows)
        heads = (_("Property"), _("before"), "    " + _("theirs"), "    " + _("mine"))
        self.query_one("#columns", Static).update(text.content(rows.line(*heads, rows.row_width)))

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another row in full."""
        chosen = self.query_one(ClashRows).selected
        self.query_one("#whole", Static).update(text.content(chosen.whole if chosen else ""))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Enter goes on to the buttons."""
        self.query_one("#go").focus()

    def action_all(self, mine: bool) -> None:
        """One side everywhere."""
        self.query_one(ClashRows).take_all(mine)

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Go on or leave."""
        if event.button.id == "go":
            self.action_go()
        else:
            self.leave(False)

    def action_cancel(self) -> None:
        """Leave it: what was typed stays as it was."""
        self.leave(False)

    def action_go(self) -> None:
        """The edits go on from what is in force."""
        if self.left:
            return
        mine = {row.key for row in self.query_one(ClashRows).items if row.keep_mine}
        try:
            settle(self._staging, self._others, mine.__contains__)
        except OSError as error:
            self.query_one(StatusLine).say(file_problem(error), Tone.PROBLEM)
        else:
            self.leave(True)


def _theirs(key: str, value: object) -> str:
    return _("changed") if key in SECRETS else words_before(key, value)
