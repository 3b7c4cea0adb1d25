"""Versions: looked at, compared, restored, exported and imported."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.screens.dialog_desk import ZONE, Desk
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import SystemChange
from vestibule.remote import project_file
from vestibule.remote.api import Api
from vestibule.remote.staging import Staging
from vestibule.screens.comparison import Comparison
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.question import Question
from vestibule.screens.upload import Upload
from vestibule.screens.versions import Versions
from vestibule.widgets.difference_rows import DifferenceRows
from vestibule.widgets.field import Field
from vestibule.widgets.lines import Lines
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.version_rows import VersionRows


async def some(api: Api, tmp_path: Path) -> None:
    """Three versions: as set up, a location with a package and a secret, another location."""
    firmware = tmp_path / "fw.bin"
    firmware.write_bytes(b"x" * 5000)
    sha256 = (await api.upload_package(firmware)).sha256
    change = SystemChange(
        settings={"location": "Bern", "vnc_password": "geheim1"}, note="why [b]", package=sha256
    )
    await api.change_system(change, 1)
    await api.change_system(SystemChange(settings={"location": "Chur"}, package=None), 2)


async def opened(desk: Desk, pilot: Pilot[None]) -> VersionRows:
    dialog = Versions(desk.connection, ZONE)
    await desk.open(dialog)
    rows = dialog.query_one(VersionRows)
    await until(lambda: bool(rows.items))
    return rows


def detail(desk: Desk) -> list[str]:
    return str(desk.app.screen.query_one(Lines).query_one(Static).render()).splitlines()


def numbers(rows: VersionRows) -> list[int]:
    return [version.version for version in rows.items]


async def answer(desk: Desk, pilot: Pilot[None], line: str | None) -> None:
    await until(lambda: isinstance(desk.app.screen, Question))
    question = desk.app.screen
    if line is not None:
        question.query_one(Field).value = line
    await pilot.press("enter")
    await until(lambda: desk.app.screen is not question)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_each_changed(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    await some(console, tmp_path)
    desk = Desk(here, monkeypatch)
    async with desk.running(size) as pilot:
        rows = await opened(desk, pilot)
        assert numbers(rows) == [3, 2, 1]
        assert "why" in rows.render_line(1).text
        assert "4.9 KiB" in rows.render_line(1).text
        await until(lambda: "Location: Bern → Chur" in detail(desk))
        await pilot.press("down")
        await until(lambda: "Location: – → Bern" in detail(desk))
        assert {"why [b]", "Package: fw.bin (4.9 KiB)", "VNC password: changed"} <= set(detail(desk))
        for widget in (rows, desk.app.screen.query_one(Lines)):
            assert desk.app.screen.region.contains_region(widget.region)
            assert widget.size.height >= 3
        await console.change_system(SystemChange(settings={"location": "Biel"}), 3)
        await until(lambda: numbers(rows) == [4, 3, 2, 1])  # as it happens
        assert rows.selected is not None
        assert rows.selected.version == 2
        await pilot.press("escape")
        await until(lambda: desk.answers == [None])


async def test_more_come_with_the_cursor(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await console.keep_versions(200)
    for number in range(1, 61):
        await console.change_system(SystemChange(settings={"location": str(number)}), number)
    desk = Desk(here, monkeypatch)
    async with desk.running() as pilot:
        rows = await opened(desk, pilot)
        assert len(rows.items) == 50
        await pilot.press("end")
        await until(lambda: len(rows.items) == 61)
        await pilot.press("end")
        await until(lambda: desk.app.screen.query_one("#which").words == "Version 1")  # type: ignore[attr-defined]


async def test_two_are_compared(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some(console, tmp_path)
    desk = Desk(here, monkeypatch)
    async with desk.running() as pilot:
        rows = await opened(desk, pilot)
        await pilot.press("c", "c")  # marked, and not any more
        assert rows.marked is None
        await pilot.press("c", "down", "c")
        await until(lambda: isinstance(desk.app.screen, Comparison))
        shown = desk.app.screen.query_one(DifferenceRows)
        await until(lambda: bool(shown.items))
        assert [(row.key, row.old, row.new) for row in shown.items] == [
            ("location", "Bern", "Chur"),
            ("package", "fw.bin (4.9 KiB)", "none"),
        ]
        await pilot.press("escape")
        await until(lambda: isinstance(desk.app.screen, Versions))


async def test_an_older_one_is_restored_as_the_next(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some(console, tmp_path)
    desk = Desk(here, monkeypatch)
    async with desk.running() as pilot:
        rows = await opened(desk, pilot)
        await pilot.press("r")
        assert desk.said == "This version is in force."
        await pilot.press("down", "r")
        await answer(desk, pilot, "as it was")
        await until(lambda: desk.said == "Version 4 is in force: what version 2 was.")
        await until(lambda: numbers(rows) == [4, 3, 2, 1])
        monkeypatch.setattr(rows, "items", rows.items[1:])  # as somebody who has not looked since
        await pilot.press("end", "r")
        await answer(desk, pilot, "")
        await until(lambda: desk.said.startswith("Somebody else has uploaded"))
        await until(lambda: numbers(rows) == [4, 3, 2, 1])
    now = await console.system()
    assert (now.version, now.settings["location"]) == (4, "Bern")
    assert now.package is not None
    assert (await console.version(4)).note == "as it was"


async def test_a_version_goes_out_as_a_file_and_comes_back(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some(console, tmp_path)
    monkeypatch.chdir(tmp_path)
    desk = Desk(here, monkeypatch)
    file = tmp_path / "haus-lindenhof-2.vestibule"
    async with desk.running() as pilot:
        await opened(desk, pilot)
        await pilot.press("down", "e")
        await answer(desk, pilot, None)
        await until(lambda: desk.said.startswith("Version 2 is in "))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.write_text("mine")
        await pilot.press("e")
        await answer(desk, pilot, str(file))
        await until(lambda: isinstance(desk.app.screen, Confirmation))
        await pilot.press("escape")
        await until(lambda: isinstance(desk.app.screen, Versions))
        assert file.read_text() == "mine"
        await pilot.press("i")
        await answer(desk, pilot, str(file))
        await until(lambda: desk.said == "This is no .vestibule file.")
        await pilot.press("e")
        await answer(desk, pilot, str(file))
        await until(lambda: isinstance(desk.app.screen, Confirmation))
        desk.app.screen.query_one("#yes", PushButton).action_press()
        await until(lambda: isinstance(desk.app.screen, Versions))
        await until(lambda: desk.said.startswith("Version 2 is in "))
        await pilot.press("i")
        await answer(desk, pilot, str(file))
        await until(lambda: isinstance(desk.app.screen, Upload))
        await until(lambda: len(desk.app.screen.query_one(DifferenceRows).items) == 2)
        note = desk.app.screen.query_one("#note", Field).value
        assert note == "From a file: Haus Lindenhof, version 2"
        await pilot.press("ctrl+s")
        await until(lambda: "Version 4 is made" in desk.shown("#about"))
        await pilot.press("escape")
        await until(lambda: isinstance(desk.app.screen, Versions))
    now = await console.system()
    assert now.settings["location"] == "Bern"
    assert now.package is not None
    assert now.package.name == "fw.bin"
    assert Staging(here, desk.connection.address).draft is None
    assert not list(here.state.glob("imported-*/*"))


async def test_writing_a_file_can_be_stopped(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    async def never(*_given: Any, **_options: Any) -> None:
        await asyncio.sleep(60)

    desk = Desk(here, monkeypatch)
    monkeypatch.setattr(project_file, "write", never)
    async with desk.running() as pilot:
        await opened(desk, pilot)
        await pilot.press("e")
        await answer(desk, pilot, str(tmp_path / "x"))
        await until(lambda: desk.said == "Writing the file…")
        await pilot.press("escape")
        assert desk.said.startswith("Stopped.")
        await pilot.press("escape")
        await until(lambda: desk.answers == [None])


async def test_how_many_are_kept(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some(console, tmp_path)
    desk = Desk(here, monkeypatch)
    async with desk.running() as pilot:
        rows = await opened(desk, pilot)
        await pilot.press("k")
        await until(lambda: isinstance(desk.app.screen, Question))
        field = desk.app.screen.query_one(Field)
        assert field.value == "50"
        for wrong in ("0", "1001", "x", ""):
            field.value = wrong
            await pilot.press("enter")
            await until(lambda: field.objection == "! A whole number from 1 to 1000.")
        await answer(desk, pilot, "2")
        await until(lambda: numbers(rows) == [3, 2])
        assert desk.said == "From now on 2 versions are kept."
