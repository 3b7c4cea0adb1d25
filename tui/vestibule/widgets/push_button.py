"""A button of plain characters: ``[ Sign in ]``, reversed when focused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from vestibule.i18n import _, marked


class PushButton(Widget, can_focus=True):
    """Needs no colour and no glyph outside ASCII; Textual's Button needs both, and 20 ms to be imported."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "press", marked("Press"), show=False)]
    DEFAULT_CSS = """
    PushButton {
        width: auto; height: 1; margin: 0 0 0 2;
        &:focus { text-style: reverse; }
        &:disabled { text-style: dim; }
    }
    """

    @dataclass
    class Pressed(Message):
        """The button was pressed."""

        button: PushButton

        @property
        def control(self) -> PushButton:
            """The button."""
            return self.button

    def __init__(self, label: str, *, id: str, mark: str = "") -> None:
        """``mark`` stands before the label and is no part of it."""
        super().__init__(id=id)
        self._mark = mark
        self._label = Content(label)

    def render(self) -> Content:
        """The label in brackets, which a button that cannot be pressed now has not."""
        before, after = ("  ", "  ") if self.disabled else ("[ ", " ]")
        return Content.assemble(before, self._mark, self._label, after)

    @property
    def label(self) -> str:
        """What it is called on the screen."""
        return str(self._label)

    @property
    def at_enter(self) -> str:
        """What Enter does here, for the key line: what the button is called."""
        return self.label

    def words_for(self, _action: str) -> str:
        """What its keys do: for the table of keys."""
        return _("Press “%(button)s”") % {"button": self.label}

    def on_click(self, event: Click) -> None:
        """A click presses."""
        event.stop()
        self.action_press()

    def action_press(self) -> None:
        """Press, by key."""
        self.post_message(self.Pressed(self).set_sender(self))
