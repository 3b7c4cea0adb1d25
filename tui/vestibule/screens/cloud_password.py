"""A password for cloud that was just made, shown once."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from vestibule import text
from vestibule.cloud_models import CloudSiteAdded
from vestibule.i18n import _, marked
from vestibule.properties import SECRET_LIMIT
from vestibule.render.cloud_details import is_password_of
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton


class CloudPassword(Dialog[None]):
    """Stays until it is closed: it has to be written down or passed on, and a lost one takes a reset."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    CloudPassword #secret { height: auto; margin-bottom: 1; text-style: bold; }
    CloudPassword #said { height: auto; display: none; margin-bottom: 1; }
    CloudPassword #said.-shown { display: block; }
    """
    # A second Enter meant for the dialog before must not close what is shown once.
    AUTO_FOCUS = "#copy"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", marked("Copy the password")),
        Binding("escape", "close", marked("Hide")),
        Binding("left,right,up,down", "app.focus_next", marked("Next button"), show=False),
    ]

    def __init__(self, added: CloudSiteAdded) -> None:
        super().__init__()
        self._added = added

    def compose(self) -> ComposeResult:
        """The password, whose it is, the buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Password for cloud")
            secret = text.visible(self._added.password, SECRET_LIMIT)
            yield Static(Content(secret), id="secret", markup=False)
            yield Static(text.content(is_password_of(self._added)), classes="sentence", markup=False)
            yield Static("", id="said", markup=False)
            with Horizontal(classes="buttons"):
                yield PushButton(_("Copy"), id="copy")
                yield PushButton(_("Hide"), id="hide")
        yield KeyLine([("y", _("copy")), ("Tab", _("next")), ("Enter", _("choose")), ("Esc", _("hide"))])

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Copy or hide."""
        if event.button.id == "copy":
            self.action_copy()
        else:
            self.action_close()

    def action_copy(self) -> None:
        """Into the clipboard of the person's terminal, if that takes it: it does not say so."""
        self.app.copy_to_clipboard(self._added.password)
        said = self.query_one("#said", Static)
        said.update(_("Sent to your terminal's clipboard. Not every terminal takes it: paste it, and look."))
        said.add_class("-shown")

    def action_close(self) -> None:
        """Gone for good, also where something lies over this dialog and keeps it open."""
        self.query_one("#secret", Static).update("")
        self.leave(None)
