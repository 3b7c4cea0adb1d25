"""One decision with everything that is known of it."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from vestibule.i18n import _, marked
from vestibule.models import AuditRow
from vestibule.render.activity_details import details, head
from vestibule.render.client_details import lines
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.status_line import StatusLine

_WIDEST = 76
_BESIDE = 5
"""Cells of the dialog that are not the text's."""


class ActivityDetail(Dialog[None]):
    """The row in words; long ones scroll."""

    CSS_PATH = "activity_detail.tcss"
    AUTO_FOCUS = "#row"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", marked("Copy the head of this row"), id="activity_detail.copy"),
        Binding("escape,enter", "close", marked("Back")),
    ]

    def __init__(self, decision: AuditRow, site_zone: ZoneInfo) -> None:
        super().__init__()
        self._decision = decision
        self.site_zone = site_zone

    def compose(self) -> ComposeResult:
        """The row, a line for sentences, the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Row %d") % self._decision.seq
            with VerticalScroll(id="row"):
                yield Static(self._facts(), id="facts", markup=False)
            yield StatusLine()
        yield KeyLine([("y", _("copy head")), ("Esc", _("back"))])

    def on_resize(self) -> None:
        """Long values are wrapped to the width."""
        self.query_one("#facts", Static).update(self._facts())
        self.call_after_refresh(self._show_keys)

    def _show_keys(self) -> None:
        if self.is_attached:
            more = [("↑↓", _("more"))] if self.query_one("#row").max_scroll_y else []
            self.query_one(KeyLine).say([("y", _("copy head")), *more, ("Esc", _("back"))])

    def _facts(self) -> Content:
        width = min(self.app.size.width, _WIDEST) - _BESIDE
        return lines(details(self._decision, self.site_zone), width)

    def action_copy(self) -> None:
        """The head into the clipboard of the person's terminal."""
        self.app.copy_to_clipboard(head(self._decision))
        said = _("The head was sent to your terminal's clipboard. If it is not there, copy the text.")
        self.query_one(StatusLine).say(said)

    def action_close(self) -> None:
        """Back."""
        self.leave(None)
