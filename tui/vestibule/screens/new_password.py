"""Asks for a new password for oneself."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vestibule.i18n import _, marked
from vestibule.models import Problem
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.render.sentences import sentence
from vestibule.screens.trying import Trying
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine


class NewPassword(Trying[bool]):
    """True once the server took it. Whoever has no password yet is not asked for it."""

    AUTO_FOCUS = "#current Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", marked("Cancel")),
        Binding("down", "app.focus_next", marked("Next field"), show=False),
        Binding("up", "app.focus_previous", marked("Previous field"), show=False),
    ]
    _sending = False

    def compose(self) -> ComposeResult:
        """The three fields, the buttons, the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Your password")
            yield Static(
                _("15 characters or more: a few words that have nothing to do with each other."),
                classes="sentence",
            )
            yield Field(_("Current password"), id="current", secret=True)
            yield Field(_("New password"), id="new", secret=True)
            yield Field(_("The same again"), id="again", secret=True)
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Change"), id="save")
        yield KeyLine([("Enter", _("go on")), ("Tab", _("next")), ("Esc", _("cancel"))])

    def on_mount(self) -> None:
        """Is there one already?"""
        self.beside(self._ask_for_current, "me")

    async def _ask_for_current(self) -> None:
        try:
            me = await self.connection.api.me()
        except (ApiProblem, Unreachable):
            return  # sending will say it
        if not me.has_password and self.is_there:
            current = self._field("current")
            if current.input.has_focus:
                self._field("new").input.focus()
            current.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        for field in self.query(Field):
            if field.input is event.input:
                field.accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on, and from the last field it sends."""
        event.stop()
        if event.input is self._field("again").input:
            self._send()
        else:
            self.focus_next()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Send or leave."""
        if event.button.id == "save":
            self._send()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Leave it, unless the server has been asked already."""
        if not self._sending:
            self.leave(False)

    def _send(self) -> None:
        current, new, again = (self._field(name) for name in ("current", "new", "again"))
        if self._sending or self.left:
            return
        if current.display and not current.value:
            current.object(_("Type the password you have now."))
        elif not new.value:
            new.object(_("Type the new password."))
        elif new.value != again.value:
            again.object(_("This is not the same. Type the new password again."))
        else:
            self._sending = True
            self.beside(self._change, "password")

    async def _change(self) -> None:
        current = self._field("current").value or None
        new = self._field("new").value

        async def change() -> bool:
            await self.connection.api.change_password(new, current)
            return True

        try:
            changed = await self.attempt(change, _("Changing…"))
        finally:
            self._sending = False
        if changed:
            for field in self.query(Field):
                field.value = ""
            self.leave(True)

    def refused(self, problem: Problem) -> None:
        """Told at the field it is about."""
        if problem.code == "password_wrong":
            self._field("current").object(_("This is not your password."))
        elif problem.code.startswith("password_"):
            self._field("new").object(sentence(problem, self.site_zone))
        else:
            super().refused(problem)

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)
