"""Writes the record, or what is listed of it, to a file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static
from textual.worker import Worker

from vestibule import text
from vestibule.i18n import _, marked, ngettext
from vestibule.models import AuditFilter
from vestibule.remote import audit_file
from vestibule.remote.connection import Connection
from vestibule.remote.uploading import seldom
from vestibule.render.activity_details import rows_done
from vestibule.render.sentences import about_file
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.trying import Trying
from vestibule.text import visible
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine, Tone


class ActivityExport(Trying[str | None]):
    """Asks where to and writes, all or nothing; gives the sentence that says what was done."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", marked("Stop, or leave"))]

    def __init__(
        self, connection: Connection, site_zone: ZoneInfo, wanted: AuditFilter, what: str, path: Path
    ) -> None:
        """``what``: the sentence that says what will be written."""
        super().__init__(connection, site_zone)
        self._wanted, self._what, self._default = wanted, what, path
        self._job: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """What, where to, the buttons, how far it is."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Export to a file")
            yield Static(text.content(self._what), classes="sentence")
            yield Field(_("File"), id="line", value=str(self._default))
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Export"), id="go")
            yield StatusLine()
        yield KeyLine([("Enter", _("export")), ("Tab", _("next")), ("Esc", _("cancel"))])

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        self.query_one(Field).accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter begins."""
        event.stop()
        self._begin()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Begin, or stop and leave."""
        if event.button.id == "go":
            self._begin()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Stop what goes on; without any, leave."""
        if self._is_busy and self._job is not None:
            self._job.cancel()
            self.say(_("Stopped. No file was written."))
        else:
            self.leave(None)

    @property
    def _is_busy(self) -> bool:
        return self._job is not None and not self._job.is_finished

    def _begin(self) -> None:
        line = self.query_one(Field).value.strip()
        if not line:
            self.query_one(Field).object(_("Type the file's name."))
        elif not self._is_busy:
            path = Path(line).expanduser().absolute()
            self._chosen = path / self._default.name if path.is_dir() else path
            self._job = self.beside(self._export, "export")

    async def _export(self) -> None:
        written = await self.attempt(self._write, _("Writing the file…"))
        if written == -1:
            question = f"{visible(str(self._chosen), 200)}: {about_file('file_exists')}"
            asked = Confirmation(_("Replace this file?"), question, _("Replace"))
            if not await self.app.push_screen_wait(asked):
                return
            written = await self.attempt(lambda: self._write(overwrite=True), _("Writing the file…"))
        if written is not None and written >= 0:
            said = ngettext("%(rows)d row is in %(file)s.", "%(rows)d rows are in %(file)s.", written)
            self.leave(said % {"rows": written, "file": visible(str(self._chosen), 200)})

    async def _write(self, overwrite: bool = False) -> int:
        """How many rows; -1 when there is such a file already."""
        tell = seldom(lambda done, whole: self.say(rows_done(done, whole), Tone.BUSY))
        try:
            return await audit_file.write(
                self.connection.api, self._chosen, self._wanted, overwrite=overwrite, progress=tell
            )
        except FileExistsError:
            return -1
