"""Uploading what is staged, against the real server in this process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from tests.screens.desk import OWN_PASSWORD, an_admin
from tests.screens.dialog_desk import Desk
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import SystemChange
from vestibule.remote.api import Api
from vestibule.remote.staging import Staging
from vestibule.screens.conflict import Conflict
from vestibule.screens.reauthentication import Reauthentication
from vestibule.screens.upload import Stage, Upload
from vestibule.widgets.clash_rows import ClashRows
from vestibule.widgets.difference_rows import DifferenceRows
from vestibule.widgets.field import Field
from vestibule.widgets.lines import Lines


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_old_and_new_then_a_version(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    desk = Desk(here, monkeypatch)
    current = await console.system()
    desk.staging.stage("client_port", "7551", current)
    desk.staging.stage("vnc_password", "geheim1", current)
    firmware = tmp_path / "fw[b].bin"
    firmware.write_bytes(os.urandom(3_000_000))
    desk.staging.stage_package(str(firmware), current)
    async with desk.running(size) as pilot:
        dialog = await desk.upload()
        rows = dialog.query_one(DifferenceRows)
        await until(lambda: len(rows.items) == 3)
        assert [(row.key, row.old, row.new) for row in rows.items] == [
            ("client_port", "7550", "7551"),
            ("vnc_password", "not set", "changed"),
            ("package", "none", "fw[b].bin (2.9 MiB)"),
        ]
        for widget in (rows, dialog.query_one("#note"), dialog.query_one("#go"), dialog.query_one("#cancel")):
            assert dialog.region.contains_region(widget.region), widget
        await pilot.press(*"new port", "enter", "enter")
        await desk.prove(pilot)
        await until(lambda: "Version 2 is made" in desk.shown("#about"))
        assert Staging(here, desk.connection.address).draft is None
        await pilot.press("escape")
        await until(lambda: desk.answers == [True])
    now = await console.system()
    assert (now.version, now.settings["client_port"]) == (2, 7551)
    assert now.package is not None
    assert now.package.name == "fw[b].bin"
    assert (await console.version(2)).note == "new port"


async def test_what_is_given_up_changes_nothing_and_the_note_is_kept(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    desk.staging.stage("location", "Bern", await console.system())
    async with desk.running() as pilot:
        await desk.upload()
        await pilot.press(*"why", "escape")
        await until(lambda: desk.answers == [False])
        dialog = await desk.upload()
        assert dialog.query_one("#note", Field).value == "why"
        dialog.query_one("#note", Field).value = "x" * 501
        await pilot.press("ctrl+s")
        assert dialog.query_one("#note", Field).objection.startswith("! This text is too long")
    assert (await console.system()).version == 1
    assert desk.staging.edits == {"location": "Bern"}


async def test_a_stopped_package_goes_on_where_it_was(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    firmware = tmp_path / "fw.bin"
    firmware.write_bytes(os.urandom(8_000_000))
    desk.staging.stage_package(str(firmware), await console.system())
    seen: list[int] = []
    whole = Api.package_append

    async def slow(self: Api, sha256: str, offset: int, pieces: AsyncIterator[bytes]) -> Any:
        async def dripping() -> AsyncIterator[bytes]:
            async for piece in pieces:
                yield piece
                await asyncio.sleep(0.05)

        seen.append(offset)
        return await whole(self, sha256, offset, dripping())

    monkeypatch.setattr(Api, "package_append", slow)
    async with desk.running() as pilot:
        dialog = await desk.upload()
        await pilot.press("ctrl+s")
        await until(lambda: "%" in desk.shown("#progress") and "[#" in desk.shown("#progress"))
        await pilot.press("escape")
        await until(lambda: desk.said.startswith("Stopped."))
        assert (dialog._stage, desk.shown("#progress")) == (Stage.READY, "")
        assert (await console.system()).version == 1
        await pilot.press("ctrl+s")
        await until(lambda: "Version 2 is made" in desk.shown("#about"))
    assert seen[0] == 0
    assert seen[1] > 0
    assert (await console.system()).package is not None


async def test_a_package_that_is_gone_is_told(
    here: Folders, console: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    desk.staging.stage_package(str(tmp_path / "gone\x1b[31m.bin"), await console.system())
    async with desk.running() as pilot:
        await desk.upload()
        await pilot.press("ctrl+s")
        await until(lambda: "No such file" in desk.said)
        assert "\x1b" not in desk.said
        await pilot.press("escape")
        await until(lambda: desk.answers == [False])


async def test_without_the_password_nothing_is_changed(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    desk.staging.stage("cloud_password", "geheim", await console.system())
    async with desk.running() as pilot:
        await desk.upload()
        await pilot.press("ctrl+s")
        await until(lambda: isinstance(desk.app.screen, Reauthentication))
        await pilot.press("escape")
        await until(lambda: isinstance(desk.app.screen, Upload))
        await until(lambda: desk.said.startswith("Nothing was changed"))
        assert desk.staging.edits == {"cloud_password": "geheim"}
    assert (await console.system()).version == 1


async def test_what_the_server_refuses_names_the_row(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    desk.staging.stage("password", "short", await console.system())
    async with desk.running() as pilot:
        await desk.upload()
        await pilot.press("ctrl+s")
        await desk.prove(pilot)
        await until(lambda: desk.said.startswith("Password: Use at least 15"))
    assert desk.staging.edits == {"password": "short"}


async def test_hooks_are_shown_with_what_they_say(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    hooks = here.config / "hooks"
    hooks.mkdir(parents=True, mode=0o700)
    hook = hooks / "10-hello"
    hook.write_text("#!/bin/sh\ncat >/dev/null\nsleep 0.3\nprintf 'hi \\033[31m[b]there\\n'\nexit 3\n")
    hook.chmod(0o700)
    desk.staging.stage("location", "Bern", await console.system())
    async with desk.running() as pilot:
        dialog = await desk.upload()
        await pilot.press("ctrl+s")
        await until(lambda: "Version 2 is made" in desk.shown("#about"))
        await until(lambda: desk.said.startswith("A hook has failed"))
        said = str(dialog.query_one(Lines).query_one(Static).render())
        assert "10-hello: failed with 3" in said
        assert "hi <001B>[31m[b]there" in said


async def test_two_people(here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(here, monkeypatch)
    current = await console.system()
    desk.staging.stage("location", "Bern", current)
    desk.staging.stage("server_type", "G2", current)
    theirs = SystemChange(settings={"location": "Chur", "client_port": 7560}, note="theirs [b]")
    await console.change_system(theirs, 1)
    async with desk.running() as pilot:
        await desk.upload()
        await pilot.press("ctrl+s")
        await until(lambda: isinstance(desk.app.screen, Conflict))
        rows = desk.app.screen.query_one(ClashRows)
        assert [(row.key, row.base, row.theirs, row.mine) for row in rows.items] == [
            ("location", "–", "Chur", "Bern"),
            ("client_port", "7550", "7560", None),
        ]
        await pilot.press("escape")  # nothing typed is lost
        await until(lambda: desk.said.startswith("Nothing was uploaded"))
        assert (desk.staging.base, desk.staging.edits) == (1, {"location": "Bern", "server_type": "G2"})
        await pilot.press("ctrl+s")
        await until(lambda: isinstance(desk.app.screen, Conflict))
        await pilot.press("ctrl+s")
        await until(lambda: isinstance(desk.app.screen, Upload))
        await until(lambda: "Version 3 is made" in desk.shown("#about"))
    now = await console.system()
    assert [now.settings[key] for key in ("location", "server_type", "client_port")] == ["Bern", "G2", 7560]


async def test_an_admin_that_is_not_service_cannot_set_its_password(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch, await an_admin(here, console))
    desk.staging.stage("password", "a third horse battery staple", await console.system())
    async with desk.running() as pilot:
        await desk.upload()
        await pilot.press("ctrl+s")
        await desk.prove(pilot, OWN_PASSWORD)
        await until(lambda: "Only the service account" in desk.said)
