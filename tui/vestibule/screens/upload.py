"""Uploads what is staged: shows old and new, sends the package, makes the version, follows its hooks."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import ClassVar
from zoneinfo import ZoneInfo

from msgspec import UnsetType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static
from textual.worker import Worker

from vestibule import text
from vestibule.i18n import _, marked, ngettext
from vestibule.models import PackageInfo, Problem, System, Version
from vestibule.remote.connection import Connection
from vestibule.remote.importing import discard
from vestibule.remote.staging import Draft, Staging, package_of
from vestibule.remote.uploading import (
    follow_hooks,
    make_version,
    seldom,
    send_package,
    what_others_did,
)
from vestibule.render.differences import (
    Difference,
    differences,
    hook_lines,
    hooks_run,
    hooks_sentence,
    package_difference,
    progress,
)
from vestibule.render.sentences import of_code
from vestibule.screens.trying import Trying, file_words
from vestibule.widgets.difference_rows import DifferenceRows
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.lines import Lines
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine, Tone


class Stage(Enum):
    """How far it is."""

    READY = auto()
    SENDING = auto()
    MAKING = auto()
    MADE = auto()


class Upload(Trying[bool]):
    """True once a version was made. Cancelled before that, everything stays staged."""

    CSS_PATH = "wide_dialog.tcss"
    AUTO_FOCUS = "#note Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+s", "upload", marked("Upload to the server"), id="upload.go"),
        Binding("escape", "cancel", marked("Stop or leave; the edits are kept")),
    ]

    def __init__(self, connection: Connection, staging: Staging, site_zone: ZoneInfo, note: str = "") -> None:
        """``note`` stands in the field until something else is typed."""
        super().__init__(connection, site_zone)
        self._staging = staging
        self._first_note = (staging.draft.note if staging.draft else "") or note
        self._before: PackageInfo | None = None
        self._stage = Stage.READY
        self._job: Worker[None] | None = None
        self._sent: str | UnsetType | None = None
        self._stale = False

    def compose(self) -> ComposeResult:
        """What changes, the note, how far it is, the buttons."""
        with Vertical(classes="dialog -wide") as dialog:
            dialog.border_title = _("Upload to the server")
            yield Static("", id="about", classes="about", markup=False)
            yield DifferenceRows()
            yield Static("", id="whole", classes="about", markup=False)
            yield Lines(id="hooks", classes="hidden")
            yield Field(_("Note"), id="note", value=self._first_note, placeholder=_("what it is for"))
            yield Static("", id="progress", markup=False)
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Upload to the server"), id="go")
                yield PushButton(_("Close"), id="close")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what would change."""
        self.query_one("#close").display = False
        self._show_rows()
        self._set_stage(Stage.READY)
        if package_of(self._staging.draft) is not None:
            self.beside(self._look_up_package, "look")

    async def _look_up_package(self) -> None:
        found = await self.attempt(self.connection.api.system)
        if found is not None and self.is_there:
            self._before = found.package
            self._show_rows()

    def _show_rows(self) -> None:
        draft = self._staging.draft
        rows = self._rows_of(draft) if draft is not None else []
        shown = self.query_one(DifferenceRows)
        shown.empty = _("Nothing is staged.")
        shown.show(rows)
        count = ngettext("%d row changes", "%d rows change", len(rows)) % len(rows)
        if draft is not None:
            self._about(_("%(rows)s from version %(base)d") % {"rows": count, "base": draft.base})

    def _rows_of(self, draft: Draft) -> Sequence[Difference]:
        rows = differences(draft.base_settings, draft.edits)
        path = package_of(draft)
        return rows if path is None else [*rows, package_difference(self._before, file_words(path))]

    def _about(self, words: str) -> None:
        self.query_one("#about", Static).update(text.content(words))

    # --- keys and buttons ---------------------------------------------------------------------

    def _set_stage(self, stage: Stage) -> None:
        self._stage = stage
        if not self.is_there:
            return
        escape = {
            Stage.READY: _("cancel, keep my edits"),
            Stage.SENDING: _("stop"),
            Stage.MAKING: "",
            Stage.MADE: _("close"),
        }[stage]
        keys = [("ctrl+s/F2", _("upload")), ("Tab", _("next"))] if stage is Stage.READY else []
        self.query_one(KeyLine).say([*keys, *([("Esc", escape)] if escape else [])])
        self.query_one("#go").disabled = stage is not Stage.READY
        self.query_one("#note").disabled = stage is not Stage.READY
        if stage is not Stage.SENDING:
            self.query_one("#progress", Static).update("")

    def on_rows_highlighted(self) -> None:
        """Another row in full."""
        chosen = self.query_one(DifferenceRows).selected
        self.query_one("#whole", Static).update(text.content(chosen.whole if chosen else ""))

    def on_input_changed(self) -> None:
        """What is being typed anew is not wrong any more."""
        self.query_one("#note", Field).accept()

    def on_input_submitted(self) -> None:
        """Enter goes on to the button: uploading is never a slip of the hand."""
        self.query_one("#go").focus()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Upload, or leave."""
        if event.button.id == "go":
            self.action_upload()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Stop what goes on; without any, leave."""
        if self._stage is Stage.MAKING:
            self.say(_("One moment: the server is making the version."), Tone.BUSY)
        elif self._stage is Stage.SENDING and self._job is not None:
            self._job.cancel()
            self._set_stage(Stage.READY)
            self.say(_("Stopped. Nothing was changed; what has arrived is kept, and the next time goes on."))
        else:
            if self._stage is not Stage.MADE:
                self._staging.stage_note(self._note)
            self.leave(self._stage is Stage.MADE)

    @property
    def _note(self) -> str:
        return self.query_one("#note", Field).value.strip()

    # --- uploading ----------------------------------------------------------------------------

    def action_upload(self) -> None:
        """Begin, once."""
        if self._stage is not Stage.READY or self._staging.draft is None:
            return
        objection = text.objection(self._note, text.NOTE_LIMIT)
        if objection is not None:
            self.query_one("#note", Field).object(of_code(objection))
        else:
            self.query_one(DifferenceRows).focus()  # where a second Enter does nothing
            self._set_stage(Stage.SENDING)
            self.say("")
            self._job = self.beside(self._upload, "upload")

    async def _upload(self) -> None:
        made = None
        try:
            while made is None:
                self._stale = False
                made = await self.attempt(self._try, _("Uploading…"))
                if made is None and not (self._stale and await self._settled()):
                    return
        finally:
            if made is None and self._stage is not Stage.READY:
                self._set_stage(Stage.READY)
        await self._made(made)

    async def _try(self) -> System:
        draft = self._staging.draft
        assert draft is not None
        self._set_stage(Stage.SENDING)
        if self._sent is None:
            if draft.package is not None:
                self._show_progress(_("Reading the package…"))
            self._sent = await send_package(self.connection.api, draft, seldom(self._tell))
        # From here on it cannot be stopped: nobody could say whether the version was made.
        self._set_stage(Stage.MAKING)
        try:
            return await make_version(self.connection.api, draft, self._sent, self._note)
        finally:
            self._set_stage(Stage.SENDING)

    def _tell(self, done: int, whole: int) -> None:
        if self._stage is Stage.SENDING:
            self._show_progress(progress(done, whole))

    def _show_progress(self, words: str) -> None:
        if self.is_there:
            self.query_one("#progress", Static).update(text.content(words))

    def refused(self, problem: Problem) -> None:
        """An old base is settled with the person; all else is told."""
        self._stale = problem.code == "version_stale"
        if problem.code in ("package_unknown", "package_incomplete"):
            self._sent = None
        if problem.field == "note":
            self.query_one("#note").disabled = False
            self.query_one("#note", Field).object(of_code(problem.code))
        elif not self._stale:
            super().refused(problem)

    async def _settled(self) -> bool:
        """Let the person decide row by row; whether there is something to upload then."""
        from vestibule.screens.conflict import Conflict

        draft = self._staging.draft
        assert draft is not None
        others = await self.attempt(lambda: what_others_did(self.connection.api, draft))
        if others is None:
            return False
        if not await self.app.push_screen_wait(Conflict(self._staging, others, self.site_zone)):
            self.say(_("Nothing was uploaded. Your edits are kept as they were."))
            return False
        self._show_rows()
        if self._staging.draft is None:
            self._about("")
            self.say(_("Nothing of yours is left to upload: what is in force stands."))
            return False
        return True

    # --- what came of it ----------------------------------------------------------------------

    async def _made(self, made: System) -> None:
        self._staging.clear()
        discard(self.connection.folders, self.connection.address)
        if not self.is_there:
            return
        self._set_stage(Stage.MADE)
        self._about(_("Version %d is made and in force.") % made.version)
        for gone in ("#whole", "#note", "#cancel", "#go"):
            self.query_one(gone).display = False
        self.query_one("#close").display = True
        self.query_one("#close").focus()
        self.query_one(KeyLine).say([("Enter/Esc", _("close"))])
        await self.attempt(lambda: self._follow(made.version), hooks_run())

    async def _follow(self, number: int) -> bool:
        async for version in follow_hooks(self.connection.api, number):
            if version.hooks and self.is_there:
                self._show_hooks(version)
        return True

    def _show_hooks(self, version: Version) -> None:
        self.query_one(DifferenceRows).display = False
        self.query_one("#hooks").remove_class("hidden")
        self.query_one(Lines).show([line for hook in version.hooks for line in hook_lines(hook)])
        said, failed = hooks_sentence(version)
        tone = Tone.PROBLEM if failed else Tone.DONE
        self.say(said, Tone.BUSY if said == hooks_run() else tone)
