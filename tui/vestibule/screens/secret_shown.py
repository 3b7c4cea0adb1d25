"""A secret in clear, for a moment."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.properties import SECRET_LIMIT
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton


class SecretShown(Dialog[None]):
    """Hides by itself; nothing in it can be selected or copied."""

    ALLOW_SELECT: ClassVar[bool] = False
    SECONDS: ClassVar[float] = 20.0
    DEFAULT_CSS = "SecretShown #secret { height: auto; margin-bottom: 1; text-style: bold; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,space", "hide", marked("Hide"))]

    def __init__(self, title: str, secret: str) -> None:
        super().__init__()
        self._heading = title
        self._secret = secret

    def compose(self) -> ComposeResult:
        """The secret, and for how long."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = text.content(self._heading)
            yield Static(Content(text.visible(self._secret, SECRET_LIMIT)), id="secret", markup=False)
            hides = _("In force on the server. It hides by itself after %(seconds)d seconds.")
            yield Static(hides % {"seconds": self.SECONDS}, classes="sentence", markup=False)
            with Horizontal(classes="buttons"):
                yield PushButton(_("Hide"), id="hide")
        yield KeyLine([("Esc", _("hide"))])

    def on_mount(self) -> None:
        """The time runs from when it can be seen."""
        self.set_timer(self.SECONDS, self.action_hide)

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Hide."""
        self.action_hide()

    def action_hide(self) -> None:
        """Gone at once, also where something lies over this dialog and keeps it open."""
        self._secret = ""
        self.query_one("#secret", Static).update("")
        self.leave(None)
