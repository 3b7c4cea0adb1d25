"""Two people have edited: row by row, and nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from tests.screens.dialog_desk import ZONE, Desk
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import SystemChange
from vestibule.remote.api import Api
from vestibule.remote.uploading import what_others_did
from vestibule.screens.conflict import Conflict
from vestibule.widgets.clash_rows import ClashRows

MINE: dict[str, Any] = {
    "location": "Bern",
    "server_type": "G2",
    "client_port": 7551,
    "vnc_password": "geheim1",
    "cloud": True,
}
THEIRS: dict[str, Any] = {
    "location": "Chur",
    "client_port": 7560,
    "vnc_password": "geheim2",
    "cloud": True,
    "latitude": 47,
    "cloud_password": "x",
}


async def opened(desk: Desk, api: Api, pilot: Any) -> ClashRows:
    draft = desk.staging.draft
    assert draft is not None
    dialog = Conflict(desk.staging, await what_others_did(api, draft), ZONE)
    await desk.open(dialog)
    rows = dialog.query_one(ClashRows)
    await until(lambda: bool(rows.items))
    return rows


async def begin(here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(here, monkeypatch)
    current = await console.system()
    for key, value in MINE.items():
        desk.staging.stage(key, value, current)
    await console.change_system(SystemChange(settings=THEIRS, note="[b]theirs"), 1)
    return desk


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_rows_are_chosen_one_by_one(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    desk = await begin(here, console, monkeypatch)
    async with desk.running(size) as pilot:
        rows = await opened(desk, console, pilot)
        assert [(row.key, row.base, row.theirs, row.mine) for row in rows.items] == [
            ("location", "–", "Chur", "Bern"),
            ("client_port", "7550", "7560", "7551"),
            ("vnc_password", "not set", "changed", "changed"),
            ("latitude", "–", "47", None),
            ("cloud_password", "not set", "changed", None),
        ]
        dialog = desk.app.screen
        for widget in (rows, dialog.query_one("#go"), dialog.query_one("#columns")):
            assert dialog.region.contains_region(widget.region), widget
        first = str(dialog.query_one(".about", Static).render())
        assert "Version 2, by console" in first
        assert first.endswith(": [b]theirs")
        await pilot.press("space", "down", "left", "left")  # theirs, theirs; the secret stays mine
        assert [row.keep_mine for row in rows.items[:3]] == [False, False, True]
        await pilot.press("end", "space")  # what only others changed is not a question
        assert rows.selected is not None
        assert rows.selected.mine is None
        await pilot.press("enter")
        assert dialog.focused is dialog.query_one("#go")
        await pilot.press("enter")
        await until(lambda: desk.answers == [True])
    assert desk.staging.base == 2
    assert desk.staging.edits == {"server_type": "G2", "vnc_password": "geheim1"}


@pytest.mark.parametrize(
    ("key", "left"),
    [
        ("t", {"server_type": "G2"}),
        ("m", {"location": "Bern", "server_type": "G2", "client_port": 7551, "vnc_password": "geheim1"}),
    ],
)
async def test_one_side_everywhere(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch, key: str, left: dict[str, Any]
) -> None:
    desk = await begin(here, console, monkeypatch)
    async with desk.running() as pilot:
        await opened(desk, console, pilot)
        await pilot.press(key, "f2")
        await until(lambda: desk.answers == [True])
    assert (desk.staging.base, desk.staging.edits) == (2, left)


async def test_cancelled_everything_is_as_it_was(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await begin(here, console, monkeypatch)
    async with desk.running() as pilot:
        await opened(desk, console, pilot)
        await pilot.press("t", "escape")
        await until(lambda: desk.answers == [False])
    assert (desk.staging.base, desk.staging.edits) == (1, MINE)


async def test_when_theirs_say_it_all_nothing_is_left(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    desk.staging.stage("location", "Bern", await console.system())
    await console.change_system(SystemChange(settings={"location": "Chur"}), 1)
    async with desk.running() as pilot:
        await desk.upload()
        await pilot.press("ctrl+s")
        await until(lambda: isinstance(desk.app.screen, Conflict))
        await pilot.press("t", "ctrl+s")
        await until(lambda: not isinstance(desk.app.screen, Conflict))
        await until(lambda: desk.said.startswith("Nothing of yours is left"))
        await pilot.press("escape")
        await until(lambda: desk.answers == [False])
    assert desk.staging.draft is None
    assert (await console.system()).version == 2
