"""The app on a machine that may know sites, looked at by what is on its screen."""

from __future__ import annotations

from typing import Any, TypeVar

from textual.pilot import Pilot
from textual.screen import Screen

from tests.screens.desk import LINKS, PROFILE
from tests.waiting import until
from vestibule.app import VestibuleApp
from vestibule.config import Folders
from vestibule.remote.connection import Connection
from vestibule.widgets.field import Field
from vestibule.widgets.site_rows import SiteRows

S = TypeVar("S", bound=Screen[Any])


class Desk:
    """The app on ``machine``."""

    def __init__(self, machine: Folders) -> None:
        self.app = VestibuleApp(Connection(machine, links=LINKS), PROFILE)

    async def on(self, kind: type[S]) -> S:
        await until(lambda: isinstance(self.app.screen, kind) and self.app.screen.is_mounted)
        assert isinstance(self.app.screen, kind)
        return self.app.screen

    def rows(self) -> list[str]:
        rows = self.app.screen.query_one(SiteRows)
        return [" ".join(rows.words(item, rows.row_width).split()) for item in rows.items]

    async def type(self, pilot: Pilot[None], field: str, words: str) -> None:
        found = self.app.screen.query_one(f"#{field}", Field)
        found.value = words
        found.input.focus()
        await pilot.pause()
