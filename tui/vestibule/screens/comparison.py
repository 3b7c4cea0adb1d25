"""What differs between two versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.render.differences import Difference
from vestibule.screens.dialog import Dialog
from vestibule.widgets.difference_rows import DifferenceRows
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.rows import Rows


class Comparison(Dialog[None]):
    """The rows that differ, the one under the cursor in full below them."""

    CSS_PATH = "wide_dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter", "close", marked("Back"))]

    def __init__(self, title: str, rows: Sequence[Difference]) -> None:
        super().__init__()
        self._title = title
        self._rows = rows

    def compose(self) -> ComposeResult:
        """The rows, one in full, a word on secrets."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = text.content(self._title)
            yield DifferenceRows()
            yield Static("", id="whole", classes="about", markup=False)
            yield Static(_("Versions do not hold secrets, so these are not compared."), classes="about")
        yield KeyLine([("↑↓", _("rows")), ("Esc", _("back"))])

    def on_mount(self) -> None:
        """Show them."""
        rows = self.query_one(DifferenceRows)
        rows.empty = _("Nothing differs.")
        rows.show(self._rows)

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another row in full."""
        chosen = self.query_one(DifferenceRows).selected
        self.query_one("#whole", Static).update(text.content(chosen.whole if chosen else ""))

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Enter goes back."""
        self.leave(None)

    def action_close(self) -> None:
        """Back."""
        self.leave(None)
