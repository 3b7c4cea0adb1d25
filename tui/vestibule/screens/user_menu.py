"""What concerns oneself, at one's name in the header."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from vestibule.i18n import _, marked
from vestibule.screens.dialog import Dialog
from vestibule.widgets.header_line import MENU_KEY
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton


class UserMenu(Dialog[str | None]):
    """Gives the name of the section's action that was chosen, None when the menu is left."""

    CSS_PATH = "user_menu.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f4", "close", marked("Back")),
        Binding("down", "app.focus_next", marked("Next button"), show=False),
        Binding("up", "app.focus_previous", marked("Previous button"), show=False),
    ]

    def __init__(self, has_app: bool, has_project: bool = False, *, runs_cloud: bool = False) -> None:
        """What there is: an authenticator app to sync, a project to get, sites of a cloud."""
        super().__init__()
        self._has_app, self._has_project, self._runs_cloud = has_app, has_project, runs_cloud

    def compose(self) -> ComposeResult:
        """One button per entry; the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = f"{MENU_KEY} " + _("User menu")
            yield PushButton(_("My security"), id="my_security")
            if self._has_app:
                yield PushButton(_("Sync authenticator app"), id="sync")
            yield PushButton(_("Change password"), id="change_password")
            if self._has_project:
                yield PushButton(_("Project of your profile"), id="project")
            yield PushButton(_("Theme"), id="choose_theme")
            yield PushButton(_("Sites"), id="sites")
            if self._runs_cloud:
                yield PushButton(_("Sites of this cloud"), id="cloud_sites")
            yield PushButton(_("Sign out"), id="sign_out")
        yield KeyLine([("Enter", _("choose")), ("↑↓", _("move")), ("Esc", _("back"))], menu=True)

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """This one."""
        self.leave(event.button.id)

    def action_close(self) -> None:
        """None of them."""
        self.leave(None)
