"""Asks for the password again before something that needs a fresh proof."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vestibule.i18n import _, marked
from vestibule.remote.connection import Connection
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.render.sentences import sentence
from vestibule.screens.dialog import Dialog
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton


class Reauthentication(Dialog[bool]):
    """True once the server took the password."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", marked("Cancel"))]

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._asking = False

    def compose(self) -> ComposeResult:
        """Why, the password, the buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Your password, please")
            yield Static(_("This needs a fresh proof of who you are."), classes="sentence")
            yield Field(_("Password"), id="password", secret=True)
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Go on"), id="go")
        yield KeyLine([("Enter", _("go on")), ("Esc", _("cancel"))])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter sends."""
        event.stop()
        self._send()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Send or cancel."""
        if event.button.id == "go":
            self._send()
        else:
            self.leave(False)

    def action_cancel(self) -> None:
        """Leave it."""
        self.leave(False)

    def _send(self) -> None:
        field = self.query_one("#password", Field)
        if not field.value:
            field.object(_("Type your password."))
        elif not self._asking:
            self._asking = True
            self.run_worker(self._ask(field), group="prove", description="prove")

    async def _ask(self, field: Field) -> None:
        try:
            await self._connection.api.reauthenticate(field.value)
        except ApiProblem as refused:
            field.object(sentence(refused.problem))
        except Unreachable:
            field.object(_("The server does not answer. Try again."))
        else:
            field.value = ""
            self.leave(True)
        finally:
            self._asking = False
