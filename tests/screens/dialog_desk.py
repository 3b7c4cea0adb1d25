"""The app on a bare screen, for the tests of the dialogs that are opened over it."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen

from tests.screens.desk import SERVICE, SignedIn
from tests.sites import PASSWORD
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import SignIn
from vestibule.remote.staging import Staging
from vestibule.render.when import zone
from vestibule.screens.base import BaseScreen
from vestibule.screens.reauthentication import Reauthentication
from vestibule.screens.upload import Upload
from vestibule.widgets.status_line import StatusLine

ZONE = zone("Europe/Zurich")


class Floor(BaseScreen):
    """A screen that asks the server nothing by itself."""

    def compose(self) -> ComposeResult:
        yield StatusLine()


class Desk(SignedIn):
    """The app on a bare screen; dialogs are opened over it."""

    def __init__(self, here: Folders, monkeypatch: pytest.MonkeyPatch, welcome: SignIn = SERVICE) -> None:
        super().__init__(here, welcome)
        self.staging = Staging(here, self.connection.address)
        self.answers: list[Any] = []
        self.open_only(monkeypatch, "floor", Floor)

    @asynccontextmanager
    async def running(self, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
        async with self.app.run_test(size=size) as pilot:
            await until(lambda: isinstance(self.app.screen, Floor))
            self.outlast_the_proof()
            yield pilot
        await self.connection.close()

    def outlast_the_proof(self) -> None:
        """As some minutes after signing in."""
        with closing(sqlite3.connect(self.connection.folders.database, timeout=5)) as database, database:
            database.execute("UPDATE session SET fresh_until = 0")

    async def open(self, dialog: Screen[Any]) -> None:
        self.app.push_screen(dialog, self.answers.append)
        await until(lambda: self.app.screen is dialog and dialog.focused is not None)

    async def upload(self) -> Upload:
        dialog = Upload(self.connection, self.staging, ZONE)
        await self.open(dialog)
        return dialog

    async def prove(self, pilot: Pilot[None], password: str = PASSWORD) -> None:
        await until(lambda: isinstance(self.app.screen, Reauthentication))
        self.field("password").value = password
        await pilot.press("enter")
