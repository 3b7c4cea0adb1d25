"""What may be done with versions: compare, restore, export, import, and how many are kept."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from textual.worker import Worker

from vestibule import text
from vestibule.i18n import _
from vestibule.models import Problem, Version
from vestibule.remote import importing, project_file
from vestibule.remote.connection import Connection
from vestibule.remote.project_format import Contents, ProjectFileError, suggested_name
from vestibule.remote.staging import Staging
from vestibule.remote.uploading import seldom
from vestibule.render.differences import differences, package_difference, package_words, progress
from vestibule.render.sentences import about_file, of_code
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.question import Question
from vestibule.screens.trying import Trying
from vestibule.widgets.status_line import Tone
from vestibule.widgets.version_rows import VersionRows

R = TypeVar("R")
_MOST = 1000


class VersionActs(Trying[None]):
    """The acts, each with its question and its sentence."""

    def __init__(self, connection: Connection, site_zone: ZoneInfo) -> None:
        super().__init__(connection, site_zone)
        self._job: Worker[None] | None = None
        self._stoppable = False

    @property
    def _rows(self) -> VersionRows:
        return self.query_one(VersionRows)

    def reload(self) -> None:
        """Ask for the versions anew."""

    def _begin(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """One act at a time: a second key while one asks or writes does nothing."""
        if self._job is None or self._job.is_finished:
            self._job = self.beside(act, "act")

    async def _ask(self, question: Question) -> str | None:
        return await self.app.push_screen_wait(question)

    def stop(self) -> bool:
        """Stop writing or reading a file; False when nothing can be stopped."""
        if not self._stoppable or self._job is None:
            return False
        self._job.cancel()
        self._stoppable = False
        self.say(_("Stopped. No file was written."))
        return True

    # --- compare ------------------------------------------------------------------------------

    def action_compare(self) -> None:
        """Mark one version, then compare it with another."""
        chosen = self._rows.selected
        if chosen is None:
            return
        if self._rows.marked is None:
            self._rows.mark(chosen.version)
            said = _("Version %d is marked. Press c on another one to compare the two.")
            self.say(said % chosen.version)
        elif self._rows.marked == chosen.version:
            self._rows.mark(None)
            self.say("")
        else:
            pair = sorted([self._rows.marked, chosen.version])
            self._begin(partial(self._compare, *pair))

    async def _compare(self, older: int, newer: int) -> None:
        from vestibule.screens.comparison import Comparison

        async def both() -> tuple[Version, Version]:
            return await self.connection.api.version(older), await self.connection.api.version(newer)

        found = await self.attempt(both)
        if found is None:
            return
        before, after = found
        rows = differences(before.settings or {}, after.settings or {})
        if before.package != after.package:
            rows.append(package_difference(before.package, package_words(after.package)))
        self._rows.mark(None)
        self.say("")
        await self.app.push_screen_wait(Comparison(_("Version %d → version %d") % (older, newer), rows))

    # --- restore ------------------------------------------------------------------------------

    def action_restore(self) -> None:
        """Take the version up again, as the next one."""
        chosen, newest = self._rows.selected, self._rows.items[0] if self._rows.items else None
        if chosen is None or newest is None:
            return
        if chosen.version == newest.version:
            self.say(_("This version is in force."))
        else:
            self._begin(partial(self._restore, chosen.version, newest.version))

    async def _restore(self, number: int, in_force: int) -> None:
        question = Question(
            _("Restore version %d?") % number,
            _("Its settings and package become a new version after %d. Secrets stay as they are.") % in_force,
            _("Note"),
            _("Restore"),
            objection=_note_objection,
        )
        note = await self._ask(question)
        if note is None:
            return
        made = await self.attempt(lambda: self.connection.api.restore(number, in_force, note))
        if made is not None:
            about = {"new": made.version, "old": number}
            self.say(_("Version %(new)d is in force: what version %(old)d was.") % about)
        self.reload()

    def refused(self, problem: Problem) -> None:
        """An old list is brought up to date."""
        if problem.code == "version_stale":
            self.reload()
            self.say(_("Somebody else has uploaded in the meantime. Look again, then restore."), Tone.PROBLEM)
        else:
            super().refused(problem)

    # --- files --------------------------------------------------------------------------------

    def action_export(self) -> None:
        """Write the version to a file."""
        chosen = self._rows.selected
        if chosen is not None:
            self._begin(partial(self._export, chosen.version))

    async def _export(self, number: int) -> None:
        name = suggested_name(self.connection.site_name, number)
        question = Question(
            _("Export version %d") % number,
            _("Settings without secrets, and the package, as one file that only you may read."),
            _("File"),
            _("Export"),
            str(Path.cwd() / name),
            _path_objection,
        )
        line = await self._ask(question)
        if line is not None:
            path = _path(line)
            await self._write(number, path / name if path.is_dir() else path)

    async def _write(self, number: int, path: Path, overwrite: bool = False) -> None:
        shown = text.visible(str(path), 200)

        async def do() -> bool | None:
            try:
                tell = seldom(lambda done, whole: self.say(progress(done, whole), Tone.BUSY))
                await project_file.write(
                    self.connection.api, number, path, overwrite=overwrite, progress=tell
                )
            except ProjectFileError as error:
                if error.code == "file_exists":
                    return None
                raise
            return True

        self._stoppable = True
        try:
            said = await self._written(do)
        finally:
            self._stoppable = False
        if said == "exists":
            question = f"{shown}: {about_file('file_exists')}"
            title, yes = _("Replace this file?"), _("Replace")
            if await self.app.push_screen_wait(Confirmation(title, question, yes)):
                await self._write(number, path, overwrite=True)
        elif said:
            self.say(_("Version %(number)d is in %(file)s.") % {"number": number, "file": shown})

    async def _written(self, do: Callable[[], Coroutine[Any, Any, bool | None]]) -> str:
        """``exists``, ``written``, or nothing when it failed and was told."""

        async def ask() -> str:
            return "written" if await do() else "exists"

        return await self.attempt(ask, _("Writing the file…")) or ""

    def action_import(self) -> None:
        """Stage what a file holds, and show it for the upload."""
        self._begin(self._import)

    async def _import(self) -> None:
        question = Question(
            _("Import a file"),
            _("What differs from what is in force is staged. Nothing changes until it is uploaded."),
            _("File"),
            _("Import"),
            objection=_path_objection,
        )
        line = await self._ask(question)
        if line is None:
            return
        connection = self.connection
        staging = Staging(connection.folders, connection.address)

        async def read() -> Contents:
            return await importing.take_up(
                connection.api, _path(line), connection.folders, staging, connection.address
            )

        found = await self.attempt(read, _("Reading the file…"))
        if found is not None:
            await self._show_import(staging, found)

    async def _show_import(self, staging: Staging, found: Contents) -> None:
        from vestibule.screens.upload import Upload

        if staging.draft is None:
            self.say(_("This file says what is in force already."))
            return
        about = {"site": text.visible(found.manifest.site, 100), "version": found.manifest.version}
        note = _("From a file: %(site)s, version %(version)d") % about
        if await self.app.push_screen_wait(Upload(self.connection, staging, self.site_zone, note)):
            self.reload()
        elif staging.draft is not None:
            self.say(_("Nothing was uploaded. The edits are staged in System."))

    # --- how many are kept --------------------------------------------------------------------

    def action_keep(self) -> None:
        """Ask how many versions are kept."""
        self._begin(self._keep)

    async def _keep(self) -> None:
        now = await self.attempt(self.connection.api.retention)
        if now is None:
            return
        question = Question(
            _("How many versions are kept?"),
            _("Older ones are removed at once, with packages that no other version has."),
            _("Versions"),
            _("Keep"),
            str(now.versions_kept),
            _count_objection,
        )
        line = await self._ask(question)
        if line is None or int(line) == now.versions_kept:
            return
        kept = await self.attempt(lambda: self.connection.api.keep_versions(int(line)))
        if kept is not None:
            self.say(_("From now on %d versions are kept.") % kept.versions_kept)
        self.reload()


def _path(line: str) -> Path:
    return Path(line).expanduser().absolute()


def _path_objection(line: str) -> str | None:
    return None if line else _("Type the file's name.")


def _note_objection(line: str) -> str | None:
    objection = text.objection(line, text.NOTE_LIMIT)
    return of_code(objection) if objection else None


def _count_objection(line: str) -> str | None:
    right = line.isascii() and line.isdigit() and len(line) <= 4 and 1 <= int(line) <= _MOST
    return None if right else _("A whole number from 1 to %d.") % _MOST
