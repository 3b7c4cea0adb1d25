"""Yes or no on one line: ``[x] Admin``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from vestibule import text
from vestibule.i18n import _, marked


class Tick(Widget, can_focus=True):
    """A check box of ASCII letters; the focus is reversed, the value is an x."""

    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space,enter", "tick", marked("Tick or untick"))]
    DEFAULT_CSS = """
    Tick { width: auto; height: 1; }
    Tick:focus { text-style: reverse; }
    Tick:disabled { text-style: dim; }
    """
    value: reactive[bool] = reactive(False)
    """Whether it is ticked."""

    @dataclass
    class Changed(Message):
        """The person ticked or unticked it."""

        tick: Tick
        value: bool

        @property
        def control(self) -> Tick:
            """The widget that reports."""
            return self.tick

    def __init__(self, label: str, value: bool = False, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = text.content(label)
        self.value = value

    def render(self) -> Content:
        """The box and its label."""
        return Content.assemble("[x] " if self.value else "[ ] ", self._label)

    @property
    def at_enter(self) -> str:
        """What Enter does here, for the key line."""
        return _("switch")

    @property
    def label(self) -> str:
        """What it is called on the screen."""
        return str(self._label)

    def on_click(self, event: Click) -> None:
        """A click anywhere on it toggles."""
        event.stop()
        self.action_tick()

    def action_tick(self) -> None:
        """The other value."""
        self.value = not self.value
        self.post_message(self.Changed(self, self.value))
