"""Asks for one line of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.screens.dialog import Dialog
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton


class Question(Dialog[str | None]):
    """Gives the line, None when it is not answered."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", marked("Cancel"))]

    def __init__(
        self,
        title: str,
        question: str,
        label: str,
        yes: str,
        value: str = "",
        objection: Callable[[str], str | None] = lambda _value: None,
    ) -> None:
        """``yes`` names the act; ``objection`` says why a line cannot be taken. All may be foreign text."""
        super().__init__()
        self._title, self._question, self._label, self._yes = title, question, label, yes
        self._value = value
        self._objection = objection

    def compose(self) -> ComposeResult:
        """The question, the line, the buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = text.content(self._title)
            yield Static(text.content(self._question), classes="sentence")
            yield Field(self._label, id="line", value=self._value)
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(self._yes, id="go")
        yield KeyLine([("Enter", self._yes.lower()), ("Tab", _("next")), ("Esc", _("cancel"))])

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        self.query_one(Field).accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter answers."""
        event.stop()
        self._answer_with_line()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Answer or leave."""
        if event.button.id == "go":
            self._answer_with_line()
        else:
            self.leave(None)

    def action_cancel(self) -> None:
        """Leave it."""
        self.leave(None)

    def _answer_with_line(self) -> None:
        field = self.query_one(Field)
        line = field.value.strip()
        objection = self._objection(line)
        if objection is None:
            self.leave(line)
        else:
            field.object(objection)
