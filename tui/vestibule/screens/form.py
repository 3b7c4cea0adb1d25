"""A screen with a few fields: Enter goes through them, and what is being corrected is not objected to."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.widgets import Input

from vestibule.i18n import marked
from vestibule.screens.base import BaseScreen
from vestibule.widgets.field import Field


class Typed(NamedTuple):
    """What stands in a form, kept while it is made anew in another language."""

    values: dict[str | None, str]
    at: str
    """Where the cursor is: a field's id, or that of what else has the focus."""


class Form(BaseScreen):
    """Base of login and setup."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "app.sites", marked("Sites"), id="entrance.sites"),
        Binding("down", "app.focus_next", marked("Next field"), show=False),
        Binding("up", "app.focus_previous", marked("Previous field"), show=False),
    ]

    def fields(self) -> list[Field]:
        """The fields that are shown, in the order of Enter."""
        return list(self.query(Field))

    def typed(self) -> Typed:
        """What was typed, to be given to :meth:`fill`."""
        fields = list(self.query(Field))
        at = next((field.id for field in fields if field.input.has_focus), None)
        focused = self.focused.id if self.focused is not None else None
        return Typed({field.id: field.value for field in fields}, at or focused or "")

    def fill(self, typed: Typed) -> None:
        """Write it back, with the cursor where it was."""
        for field in self.query(Field):
            field.value = typed.values[field.id]
            field.input.cursor_position = len(field.value)
        for found in self.query(f"#{typed.at}") if typed.at else ():
            (found.input if isinstance(found, Field) else found).focus()

    def submit(self) -> None:
        """Send what was typed, or object to it."""
        raise NotImplementedError

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next empty field, and from the last one submits."""
        event.stop()
        empty = next((field for field in self.fields() if not field.value), None)
        if empty is not None and empty.input is not event.input:
            empty.input.focus()
        else:
            self.submit()

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being corrected is not objected to any more."""
        for field in self.query(Field):
            if field.input is event.input:
                field.accept()
