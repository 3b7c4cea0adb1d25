"""The app on the System section alone, for its tests."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.desk import SERVICE, SignedIn
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import SignIn, SystemChange
from vestibule.remote.api import Api
from vestibule.screens.property_editor import Editor
from vestibule.screens.system import System
from vestibule.widgets.property_grid import PropertyGrid
from vestibule.widgets.rows import Heading

SIZE = (120, 40)


class Desk(SignedIn):
    """The app on this section alone, with somebody signed in by what ``welcome`` says."""

    def __init__(self, here: Folders, monkeypatch: pytest.MonkeyPatch, welcome: SignIn = SERVICE) -> None:
        super().__init__(here, welcome)
        self.open_only(monkeypatch, "system", System)

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
        return self.shown("#about")

    def row(self, label: str) -> str:
        lines = [self.grid.render_line(y).text.strip() for y in range(self.grid.size.height)]
        return next(line for line in lines if label in line)

    async def opened(self) -> None:
        def is_open() -> bool:
            grids = list(self.app.screen.query(PropertyGrid))
            return bool(grids) and grids[0].selected_key != ""

        await until(is_open)

    async def select(self, key: str) -> None:
        self.grid.cursor = next(at for at, line in enumerate(self.grid.items) if line.key == key)
        await until(lambda: self.grid.selected_key == key)

    async def edit(self, pilot: Pilot[None], key: str) -> Editor:
        """Open the editor of a property."""
        await self.select(key)
        await pilot.press("enter")
        await until(lambda: isinstance(self.app.screen, Editor))
        assert isinstance(self.app.screen, Editor)
        return self.app.screen

    async def back(self) -> None:
        await until(lambda: isinstance(self.app.screen, System))


async def upload(api: Api, **settings: Any) -> int:
    """Somebody uploads; the new version."""
    version = (await api.system()).version
    return (await api.change_system(SystemChange(settings=settings), version)).version
