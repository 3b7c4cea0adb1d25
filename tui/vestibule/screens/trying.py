"""A dialog that asks the server for something that may be refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from textual.worker import Worker

from vestibule.i18n import _
from vestibule.models import Problem
from vestibule.properties import BY_KEY
from vestibule.remote.connection import Connection
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.project_format import ProjectFileError
from vestibule.render.differences import size
from vestibule.render.pairs import pair
from vestibule.render.property_words import label
from vestibule.render.sentences import about_file, sentence
from vestibule.screens.dialog import Dialog
from vestibule.text import visible
from vestibule.widgets.status_line import SLOW, StatusLine, Tone

R = TypeVar("R")
T = TypeVar("T")


class Trying(Dialog[R]):
    """Its tree has a :class:`StatusLine`. That the session has ended is seen by who listens for changes."""

    def __init__(self, connection: Connection, site_zone: ZoneInfo) -> None:
        super().__init__()
        self.connection = connection
        self.site_zone = site_zone

    @property
    def is_there(self) -> bool:
        """Whether there is still something to show on: an answer may come while the app ends."""
        return self.is_attached and bool(self.query(StatusLine))

    def say(self, what: str, tone: Tone = Tone.DONE) -> None:
        """A sentence for the person, unless the dialog is gone."""
        if self.is_there:
            self.query_one(StatusLine).say(what, tone)

    def refused(self, problem: Problem) -> None:
        """Tell what the server refused, with the property it is about."""
        said = sentence(problem, self.site_zone)
        is_about = bool(problem.field) and problem.field in BY_KEY
        self.say(pair(label(problem.field or ""), said) if is_about else said, Tone.PROBLEM)

    def beside(
        self, work: Callable[[], Coroutine[Any, Any, None]], group: str, *, exclusive: bool = False
    ) -> Worker[None]:
        """Run ``work`` beside the dialog; ``exclusive`` cancels what the group did before.

        Not a lambda: Textual must see that ``work`` is asynchronous.
        """
        worker: Worker[None] = self.run_worker(work, group=group, description=group, exclusive=exclusive)
        return worker

    async def attempt(self, work: Callable[[], Awaitable[T]], busy: str = "") -> T | None:
        """Do ``work``; after a moment say ``busy``. None when it failed, which is then told.

        A refusal for want of a fresh proof asks for the password and tries again. Only from a worker.
        """
        busy = busy or _("Working…")
        done = ""

        def begin() -> None:
            # What was said to be done comes back then, as if the answer had been quick.
            nonlocal done
            if self.is_there:
                line = self.query_one(StatusLine)
                done = line.sentence if line.tone is Tone.DONE else ""
                line.say(busy, Tone.BUSY)

        note = self.set_timer(SLOW, begin)
        try:
            return await work()
        except ApiProblem as error:
            note.stop()
            if error.problem.code == "reauthentication_needed":
                return await self.attempt(work, busy) if await self._prove() else None
            self.refused(error.problem)
        except Unreachable:
            self.say(_("The server does not answer. Nothing you typed is lost; try again."), Tone.PROBLEM)
        except ProjectFileError as error:
            self.say(about_file(error.code, error.key), Tone.PROBLEM)
        except OSError as error:
            self.say(file_problem(error), Tone.PROBLEM)
        finally:
            note.stop()
            if self.is_there and self.query_one(StatusLine).sentence == busy:
                self.say(done)
        return None

    async def _prove(self) -> bool:
        from vestibule.screens.reauthentication import Reauthentication

        proved = await self.app.push_screen_wait(Reauthentication(self.connection))
        if not proved:
            self.say(_("Nothing was changed: this needs your password."), Tone.PROBLEM)
        return proved


def file_problem(error: OSError) -> str:
    """Why a file cannot be used, in the system's words."""
    return f"{visible(str(error.filename or ''), 200)}: {visible(error.strerror or type(error).__name__)}"


def file_words(path: Path) -> str:
    """A package to send, by its name and size."""
    name = visible(path.name, 100)
    try:
        return f"{name} ({size(path.stat().st_size)})"
    except OSError as error:
        return f"! {name}: {error.strerror}"
