"""The toggle at the far right of the login dialog: Password │ OTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from vestibule.i18n import _, marked


class ModeToggle(Widget, can_focus=True):
    """Two words, the chosen one between blocks and reversed: readable without colour."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter,left,right", "switch", marked("Password or one-time code"), id="login.toggle")
    ]
    DEFAULT_CSS = """
    ModeToggle { width: auto; height: 1; }
    ModeToggle:focus { text-style: underline; }
    """
    otp: reactive[bool] = reactive(False, layout=True)
    """Whether the OTP view is chosen."""

    @dataclass
    class Changed(Message):
        """The other view was chosen."""

        otp: bool

    @property
    def at_enter(self) -> str:
        """What Enter does here, for the key line."""
        return _("switch")

    def render(self) -> Content:
        """``▌Password▐│ OTP``, the chosen word reversed."""
        words = [(_("Password"), not self.otp), (_("OTP"), self.otp)]
        parts = [Content.styled(f"[{word}]", "reverse") if on else Content(f" {word} ") for word, on in words]
        return Content("│").join(parts)

    def on_click(self, event: Click) -> None:
        """A click anywhere on it toggles."""
        event.stop()
        self.action_switch()

    def action_switch(self) -> None:
        """Choose the other view."""
        self.otp = not self.otp
        self.post_message(self.Changed(self.otp))
