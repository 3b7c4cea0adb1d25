"""What may be done with the project of one's profile: get it, stop that, save a copy."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from vestibule.i18n import _, marked
from vestibule.render.sentences import about_file
from vestibule.text import visible
from vestibule.widgets.status_line import Tone

if TYPE_CHECKING:
    from vestibule.remote.connection import Connection
    from vestibule.remote.kept_project import Kept
    from vestibule.remote.project_view import ProjectView

_PATH_LIMIT = 200


class ProjectActs(Screen[None]):
    """Part of a screen that shows the project and has a :class:`StatusLine`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "get_project", marked("Get the project"), id="project.get"),
        Binding("x", "stop_project", marked("Stop getting the project"), id="project.stop"),
        Binding("s", "save_project", marked("Save a copy of the project"), id="project.save"),
    ]
    _project_unsubscribe: Callable[[], None] | None = None

    if TYPE_CHECKING:
        connection: Connection

        def say(self, what: str, tone: Tone = Tone.DONE) -> None: ...

    def on_mount(self) -> None:
        """Follow it."""
        self._project_unsubscribe = self.connection.project.subscribe(self._follow)

    def on_unmount(self) -> None:
        """Follow it no more."""
        if self._project_unsubscribe is not None:
            self._project_unsubscribe()

    def _follow(self) -> None:
        if self.is_mounted and self.is_attached:
            self.project_changed()

    def project_changed(self) -> None:
        """It stands otherwise now: show that."""

    @property
    def project(self) -> ProjectView:
        """How it stands."""
        return self.connection.project.view

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        ways = {
            "get_project": self.project.may_be_got,
            "stop_project": self.project.may_be_stopped,
            "save_project": self.project.kept is not None,
        }
        return ways[action] if action in ways else super().check_action(action, parameters)

    def action_get_project(self) -> None:
        """Fetch it now, or ask the cloud again."""
        self.connection.project.get()
        self.say(_("Asking the cloud…"))

    def action_stop_project(self) -> None:
        """Stop fetching."""
        self.connection.project.stop()
        self.say(_("Stopped. What has arrived is kept, and the next time goes on."))

    # --- a copy -------------------------------------------------------------------------------

    def action_save_project(self) -> None:
        """Ask where to, then write."""
        kept = self.project.kept
        is_saving = any(worker.group == "save" and worker.node is self for worker in self.workers)
        if kept is not None and not is_saving:
            self.run_worker(self._save(kept), group="save", description="save")

    async def _save(self, kept: Kept) -> None:
        from vestibule.remote.kept_project import file_name
        from vestibule.screens.question import Question

        name = file_name(kept.package.name)
        question = Question(
            _("Save the project"),
            _("A copy of version %d that only you may read.") % kept.number,
            _("File"),
            _("Save"),
            str(_usual_folder() / name),
            lambda line: None if line else _("Type the file's name."),
        )
        line = await self.app.push_screen_wait(question)
        if line is not None:
            await self._write(kept, _meant(line, name))

    async def _write(self, kept: Kept, path: Path, *, overwrite: bool = False) -> None:
        from vestibule.remote.kept_project import DamagedError, Shelf
        from vestibule.screens.confirmation import Confirmation

        client, shown = self.connection.client, visible(str(path), _PATH_LIMIT)
        if client is None:
            return
        self.say(_("Writing the file…"), Tone.BUSY)
        try:
            shelf = Shelf(self.connection.folders, self.connection.address, client.id)
            await shelf.copy(kept, path, overwrite=overwrite)
        except FileExistsError:
            self.say("")
            question = f"{shown}: {about_file('file_exists')}"
            if await self.app.push_screen_wait(Confirmation(_("Replace this file?"), question, _("Replace"))):
                await self._write(kept, path, overwrite=True)
        except DamagedError:
            self.say(_("The file on this machine was damaged. It is fetched anew."), Tone.PROBLEM)
            self.connection.project.get()
        except OSError as error:
            self.say(f"{shown}: {visible(error.strerror or type(error).__name__)}", Tone.PROBLEM)
        else:
            self.say(_("Version %(number)d is in %(file)s.") % {"number": kept.number, "file": shown})


def _meant(line: str, name: str) -> Path:
    """The file that somebody has typed; of a folder the file ``name`` in it."""
    path = Path(os.path.expanduser(line)).absolute()
    return path / name if path.is_dir() else path


def _usual_folder() -> Path:
    """Where people look for what they have fetched; where there is no such folder, where they are."""
    from platformdirs import user_downloads_path

    downloads = user_downloads_path()
    return downloads if downloads.is_dir() else Path.cwd()
