"""Asks before something that cannot be undone."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton


class Confirmation(Dialog[bool]):
    """A question with two buttons; the harmless one has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", marked("Cancel")),
        Binding("left,right,up,down", "app.focus_next", marked("Next button"), show=False),
    ]

    def __init__(self, title: str, question: str, yes: str) -> None:
        """``question`` may hold foreign text; ``yes`` names the act."""
        super().__init__()
        self._title = title
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question, the buttons, the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = text.content(self._title)
            yield Static(text.content(self._question), classes="sentence")
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="no")
                yield PushButton(self._yes, id="yes")
        yield KeyLine([("Tab", _("next")), ("Enter", _("choose")), ("Esc", _("cancel"))])

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Answer."""
        self.leave(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.leave(yes)
