"""Asks for a licence code, its component and its seats."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vestibule import text
from vestibule.i18n import _, marked, pgettext
from vestibule.models import Licence, LicenceNew, Problem
from vestibule.render.sentences import sentence
from vestibule.screens.dialog import Dialog
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton

Save = Callable[[LicenceNew], Awaitable[Licence | Problem]]
_MOST = 1_000_000


class LicenceEditor(Dialog[Licence | None]):
    """Gives the licence as the server took it, or None."""

    DEFAULT_CSS = "LicenceEditor #refused { height: auto; text-style: bold; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+s", "save", marked("Add the licence"), id="licence_editor.save"),
        Binding("escape", "cancel", marked("Cancel")),
        Binding("down", "app.focus_next", marked("Next field"), show=False),
        Binding("up", "app.focus_previous", marked("Previous field"), show=False),
    ]

    def __init__(self, save: Save) -> None:
        """``save`` asks the server."""
        super().__init__()
        self._save = save
        self._saving = False

    def compose(self) -> ComposeResult:
        """The three fields, the buttons, the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Add a licence")
            yield Field(_("Licence code"), id="code")
            yield Field(_("Component"), id="component", placeholder=_("what it is for, like KNX"))
            yield Field(_("Seats"), id="seats", placeholder=_("0: not counted by clients"))
            yield Static("", id="refused", markup=False)
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Add"), id="save")
        add = pgettext("to a list", "add")
        yield KeyLine([("ctrl+s/F2", add), ("Enter", _("next")), ("Esc", _("cancel"))])

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        self.query_one("#refused", Static).update("")
        for node in event.input.ancestors:
            if isinstance(node, Field):
                node.accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on; in the last field it adds."""
        if event.input is self._field("seats").input:
            self.action_save()
        else:
            self.focus_next()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Add or leave."""
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Leave it, unless the server has been asked already."""
        if not self._saving:
            self.leave(None)

    def action_save(self) -> None:
        """Ask the server to take it, once."""
        if self._saving or self.left:
            return
        seats = self._field("seats").value.strip() or "0"
        if not (seats.isascii() and seats.isdigit() and len(seats) < 8 and int(seats) <= _MOST):
            self._field("seats").object(_("A whole number from 0 to 1000000."))
            return
        new = LicenceNew(
            code=self._field("code").value, component=self._field("component").value, seats=int(seats)
        )
        self._saving = True
        # Not exclusive: a write that has begun is never cancelled by another one.
        self.run_worker(self._send(new), group="licence", description="add a licence")

    async def _send(self, new: LicenceNew) -> None:
        answer = await self._save(new)
        self._saving = False
        if isinstance(answer, Licence):
            self.leave(answer)
        elif answer.field in ("code", "component", "seats"):
            self._field(answer.field).object(sentence(answer))
        else:
            self.query_one("#refused", Static).update(text.content("! " + sentence(answer)))

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)
