"""Asks which second factor is meant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from vestibule.i18n import _, marked
from vestibule.models import FactorKind
from vestibule.render.security_words import factor_name, factor_note
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton


class FactorChoice(Dialog[FactorKind | None]):
    """Gives the chosen one, None when it is left."""

    DEFAULT_CSS = """
    FactorChoice .note { height: auto; padding-left: 4; margin-bottom: 1; }
    FactorChoice .buttons { margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", marked("Cancel")),
        Binding("down,right", "app.focus_next", marked("Next button"), show=False),
        Binding("up,left", "app.focus_previous", marked("Previous button"), show=False),
    ]

    def __init__(self, title: str, kinds: Sequence[FactorKind], *, notes: bool) -> None:
        """``notes``: say what speaks for each and against."""
        super().__init__()
        self._title = title
        self._kinds = kinds
        self._notes = notes

    def compose(self) -> ComposeResult:
        """A button for each, with what is to be known of it; the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            for kind in self._kinds:
                yield PushButton(factor_name(kind), id=kind.value)
                if self._notes:
                    yield Static(factor_note(kind), classes="note", markup=False)
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
        yield KeyLine([("Enter", _("choose")), ("Tab", _("next")), ("Esc", _("cancel"))], menu=True)

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Answer."""
        pressed = event.button.id
        self.leave(next((kind for kind in self._kinds if kind.value == pressed), None))

    def action_cancel(self) -> None:
        """Leave it."""
        self.leave(None)
