"""All keys of a screen, for those that did not fit on its key line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from vestibule.i18n import _
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine


class KeyTable(Dialog[None]):
    """One line per key; any of the usual ways out closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,question_mark,space", "close", show=False)]

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        """The table, and how to leave it."""
        width = max(len(key) for key, _action in self._keys) + 2
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Keys")
            for key, action in self._keys:
                yield Static(Content.assemble((key.ljust(width), "bold"), action))
        yield KeyLine([("Esc", _("back"))])

    def action_close(self) -> None:
        """Back."""
        self.leave(None)
