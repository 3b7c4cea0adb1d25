"""The app on the System section alone, for its tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from vestibule.app import VestibuleApp
from vestibule.config import Folders
from vestibule.models import SignIn, SystemChange
from vestibule.remote.api import Api
from vestibule.remote.connection import Connection
from vestibule.screens.property_editor import Editor
from vestibule.screens.system import System
from vestibule.terminal import Profile
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.property_grid import PropertyGrid
from vestibule.widgets.rows import Heading
from vestibule.widgets.status_line import StatusLine

PASSWORD, OWN_PASSWORD = "correct horse battery staple", "another horse battery staple"
PROFILE = Profile(sixteen_colours=False, colourless=False, plain_glyphs=False, console=False)
SERVICE = SignIn(mode="password", username="service", password=PASSWORD)
LINKS = "https://gateway:7550"
SIZE = (120, 40)


class Desk:
    """The app on this section alone, with somebody signed in by what ``welcome`` says."""

    def __init__(self, here: Folders, monkeypatch: pytest.MonkeyPatch, welcome: SignIn = SERVICE) -> None:
        self.connection = Connection(here, links=LINKS, welcome=welcome)
        self.app = VestibuleApp(self.connection, PROFILE)
        sections = {"system": lambda: System(self.connection, PROFILE)}
        monkeypatch.setattr(self.app, "_sections", lambda: sections)

    @property
    def screen(self) -> System:
        assert isinstance(self.app.screen, System)
        return self.app.screen

    @property
    def grid(self) -> PropertyGrid:
        return self.screen.query_one(PropertyGrid)

    @property
    def edits(self) -> dict[str, Any]:
        return self.screen.staging.edits

    @property
    def heading(self) -> str:
        return self.screen.query_one("#edits", Heading).words

    @property
    def about(self) -> str:
        return str(self.screen.query_one("#about", Static).render())

    @property
    def said(self) -> str:
        return self.screen.query_one(StatusLine).sentence

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.screen.query_one(KeyLine).keys]

    def field(self, id: str = "value") -> Field:
        return self.app.screen.query_one(f"#{id}", Field)

    def row(self, label: str) -> str:
        lines = [self.grid.render_line(y).text.strip() for y in range(self.grid.size.height)]
        return next(line for line in lines if label in line)

    async def opened(self, pilot: Pilot[None]) -> None:
        def is_open() -> bool:
            grids = list(self.app.screen.query(PropertyGrid))
            return bool(grids) and grids[0].selected_key != ""

        await until(pilot, is_open)

    async def select(self, pilot: Pilot[None], key: str) -> None:
        self.grid.cursor = next(at for at, line in enumerate(self.grid.items) if line.key == key)
        await pilot.pause()
        assert self.grid.selected_key == key

    async def edit(self, pilot: Pilot[None], key: str) -> Editor:
        """Open the editor of a property."""
        await self.select(pilot, key)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(self.app.screen, Editor))
        assert isinstance(self.app.screen, Editor)
        return self.app.screen

    async def back(self, pilot: Pilot[None]) -> None:
        await until(pilot, lambda: isinstance(self.app.screen, System))
        await pilot.pause()


async def until(pilot: Pilot[None], met: Callable[[], bool], seconds: float = 8.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if met():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not happen")


async def upload(api: Api, **settings: Any) -> int:
    """Somebody uploads; the new version."""
    version = (await api.system()).version
    return (await api.change_system(SystemChange(settings=settings), version)).version
