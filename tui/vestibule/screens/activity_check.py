"""Verifies the chain of decisions, and compares it with a head that was kept elsewhere."""

from __future__ import annotations

import re
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.models import AuditVerdict
from vestibule.remote.connection import Connection
from vestibule.remote.uploading import seldom
from vestibule.render.activity_details import rows_done, verdict_words
from vestibule.screens.trying import Trying
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine, Tone

_HEAD: Final = re.compile("[0-9]{1,15}:[0-9a-fA-F]{64}")


class ActivityCheck(Trying[None]):
    """Begins at once, with the head of the last time on this machine; another one may be pasted."""

    CSS_PATH = "activity_check.tcss"
    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", marked("Copy the head"), id="activity_check.copy"),
        Binding("escape", "cancel", marked("Stop, or back")),
    ]

    def __init__(self, connection: Connection, site_zone: ZoneInfo) -> None:
        super().__init__(connection, site_zone)
        self._job: Worker[None] | None = None
        self._found: AuditVerdict | None = None

    def compose(self) -> ComposeResult:
        """What it does, the head to compare with, what was found, the buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Verify the record")
            said = _("Every row is checked against the one before it; a head kept earlier shows a cut end.")
            yield Static(said, classes="sentence")
            yield Field(_("Kept head"), id="head", placeholder=_("none yet"))
            yield Static("", id="found", markup=False)
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("Close"), id="cancel")
                yield PushButton(_("Verify"), id="go")
        yield KeyLine()

    async def on_mount(self) -> None:
        """Begin with what is known here."""
        self.query_one(Field).value = await self.connection.kept_head()
        self._begin()

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is a head once the record was found whole."""
        return action != "copy" or (self._found is not None and self._found.ok)

    def _show_keys(self) -> None:
        self.refresh_bindings()
        copy = [("y", _("copy head"))] if self.check_action("copy", ()) else []
        leave = _("stop") if self._is_busy else _("back")
        self.query_one(KeyLine).say([("Enter", _("verify")), *copy, ("Tab", _("next")), ("Esc", leave)])

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        self.query_one(Field).accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter verifies against what stands in the field."""
        event.stop()
        self._begin()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Verify again, or leave."""
        if event.button.id == "go":
            self._begin()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Stop what goes on; without any, leave."""
        if self._is_busy and self._job is not None:
            self._job.cancel()
            self.say(_("Stopped. The record was not verified to its end."))
        else:
            self.leave(None)

    def action_copy(self) -> None:
        """The head into the clipboard of the person's terminal."""
        if self._found is not None and self._found.ok:
            self.app.copy_to_clipboard(self._found.head)
            said = _("The head was sent to your terminal's clipboard. If it is not there, copy the text.")
            self.say(said)

    # --- verifying ----------------------------------------------------------------------------

    @property
    def _is_busy(self) -> bool:
        return self._job is not None and not self._job.is_finished

    def _begin(self) -> None:
        field = self.query_one(Field)
        head = field.value.strip()
        if head and not _HEAD.fullmatch(head):
            field.object(_("A head is a number, a colon and 64 digits or letters a to f. Empty: none."))
        elif not self._is_busy:
            self._show(None)
            self._job = self.beside(self._verify, "verify")
            self._show_keys()

    async def _verify(self) -> None:
        head = self.query_one(Field).value.strip()
        tell = seldom(lambda done, whole: self.say(rows_done(done, whole), Tone.BUSY))
        try:
            found = await self.attempt(lambda: self.connection.api.verify_audit(head or None, tell))
            if found is not None and self.is_there:
                await self._settle(found)
        finally:
            self._job = None
            if self.is_there:
                self._show_keys()

    async def _settle(self, found: AuditVerdict) -> None:
        """Say it; the head of a whole record is kept for the next time, that of another one never."""
        self._show(found)
        self.say("")
        if found.ok:
            await self.connection.keep_head(found.head)

    def _show(self, found: AuditVerdict | None) -> None:
        self._found = found
        said = "" if found is None else verdict_words(found)
        if found is not None:
            said = f"{said}\n{_('Head')}: {found.head}" if found.ok else f"! {said}"
        shown = self.query_one("#found", Static)
        shown.set_class(found is not None and not found.ok, "-problem")
        shown.update(Content("\n").join(text.content(line) for line in said.split("\n")))
