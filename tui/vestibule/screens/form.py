"""A screen with a few fields: Enter goes through them, and what is being corrected is not objected to."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from vestibule.screens.base import BaseScreen
from vestibule.widgets.field import Field


class Form(BaseScreen):
    """Base of login and setup."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def fields(self) -> list[Field]:
        """The fields that are shown, in the order of Enter."""
        return list(self.query(Field))

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
