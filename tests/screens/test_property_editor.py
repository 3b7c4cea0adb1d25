"""The editors of System against the real server in this process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.widgets import Static

from tests.screens.system_desk import SIZE, Desk, upload
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import PACKAGE_LIMIT
from vestibule.remote.api import Api
from vestibule.remote.staging import Staging
from vestibule.screens.package_editor import PackageEditor, file_objection, located
from vestibule.screens.property_editor import ChoiceEditor
from vestibule.widgets.choice import Choice
from vestibule.widgets.push_button import PushButton


@pytest.mark.parametrize(
    ("key", "typed", "said", "better", "kept"),
    [
        ("client_port", "70000", "Write a port between 1 and 65535", "7551", 7551),
        ("latitude", "91", "Write the latitude in degrees", "47,3769", 47.3769),
        ("longitude", "181", "Write the longitude in degrees", "-8.5", -8.5),
        ("local_ip", "1.2.3", "Write an IP address", "192.168.1.10", "192.168.1.10"),
        ("external_ip", "-haus-", "Write an IP address like 203.0.113.7 or a host name", "a.org", "a.org"),
        ("knx_address", "1.16.1", "Write a KNX address", "1.1.250", "1.1.250"),
        ("serial_number", "§", "A serial number has", "tk-0815", "TK-0815"),
        ("system_name", "", "The system needs a name", "Haus am See", "Haus am See"),
        ("location", "a\u202ex", None, "[/x] Seestraße 7", "[/x] Seestraße 7"),
        ("location", "a" * 65, "This text is too long", "字", "字"),
    ],
)
async def test_a_field_objects_and_keeps_what_was_typed(
    here: Folders,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    typed: str,
    said: str | None,
    better: str,
    kept: object,
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=SIZE) as pilot:
        await desk.opened()
        editor = await desk.edit(pilot, key)
        field = desk.field()
        field.value = typed
        if said is None:
            assert field.value == "a<202E>x"  # what cannot be seen is a mark that can
        else:
            await pilot.press("enter")
            await until(lambda: field.objection.startswith(f"! {said}"))
            assert (desk.app.screen, field.value, editor.focused) == (editor, typed, field.input)
            assert desk.connection.client is not None
        field.value = better
        await pilot.pause()
        assert field.objection == ""
        await pilot.press("enter")
        await desk.back()
        assert desk.edits == {key: kept}


async def test_leaving_a_field_objects_and_lets_one_go(
    here: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        editor = await desk.edit(pilot, "client_port")
        assert desk.field().value == "7550"
        await pilot.press("0", "shift+tab")
        keep = editor.query_one("#keep", PushButton)
        await until(lambda: desk.field().objection != "")
        await until(lambda: editor.focused is keep)
        await pilot.press("enter")
        await until(lambda: editor.focused is desk.field().input)
        assert desk.field().value == "75500"
        await pilot.press("tab", "enter")
        await desk.back()
        assert desk.edits == {}
        editor = await desk.edit(pilot, "client_port")
        await pilot.press("0", "tab")  # to Cancel: nothing to object to
        await pilot.pause(0.1)
        assert desk.field().objection == ""
        await pilot.press("escape")
        await desk.back()


async def test_a_secret_is_typed_twice_and_never_shown(
    here: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=SIZE) as pilot:
        await desk.opened()
        await desk.edit(pilot, "vnc_password")
        await pilot.press(*"abc", "enter")
        await until(lambda: "6 to 8 characters" in desk.field().objection)
        desk.field().value = "hunter2"
        desk.field("again").input.focus()
        await pilot.press(*"hunter3", "enter")
        await until(lambda: "differ" in desk.field("again").objection)
        desk.field("again").value = "hunter2"
        await pilot.press("enter")
        await desk.back()
        assert desk.edits == {"vnc_password": "hunter2"}
        assert desk.row("VNC password").split()[-1] == "••••••"
        assert "hunter" not in desk.app.export_screenshot()
        await desk.edit(pilot, "password")
        await pilot.press(*"short", "enter", *"short", "enter")
        await until(lambda: "at least 15 characters" in desk.field().objection)
        await pilot.press("escape")
        await desk.back()
        assert desk.keys.count("V") == 0  # nothing in force that could be shown


async def test_empty_clears_a_secret_and_says_so(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(console, vnc_password="hunter2")
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=SIZE) as pilot:
        await desk.opened()
        await desk.edit(pilot, "vnc_password")
        await pilot.press("enter", "enter")
        await desk.back()
        assert desk.edits == {"vnc_password": ""}
        await until(lambda: desk.said == "VNC password is cleared by the next upload.")
        assert desk.row("VNC password").endswith("not set")


async def test_a_choice_is_chosen_by_arrows(here: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        editor = await desk.edit(pilot, "cloud_connection_policy")
        assert isinstance(editor, ChoiceEditor)
        await pilot.press("right", "down", "right", "left")
        assert editor.query_one(Choice).value == "local_remote_and_cloud"
        await pilot.press("enter")
        await desk.back()
        assert desk.edits == {"cloud_connection_policy": "local_remote_and_cloud"}
        assert "Local, Remote and Cloud" in desk.row("Cloud connection policy")


async def test_a_package_file_is_chosen(
    here: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "haus.zip").write_bytes(b"PK")
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=SIZE) as pilot:
        await desk.opened()
        await pilot.press("p")
        await until(lambda: isinstance(desk.app.screen, PackageEditor))
        await pilot.press(*"~/none", "enter")
        await until(lambda: desk.field().objection == "! There is no such file on this machine.")
        desk.field().value = "~/haus.zip"
        await pilot.press("enter")
        await desk.back()
        assert desk.heading == "System · package, based on version 1 · package haus.zip"
        draft = Staging(here, desk.connection.address).draft
        assert draft is not None
        assert draft.package == str(tmp_path / "haus.zip")
        await pilot.press("p")
        await until(lambda: isinstance(desk.app.screen, PackageEditor))
        desk.field().value = " "
        await pilot.press("enter")
        await desk.back()
        assert desk.heading == "System · version 1"


def test_what_is_no_package(tmp_path: Path) -> None:
    assert located("  ") is None
    assert file_objection(tmp_path) == "This is not a file."
    (tmp_path / "empty").touch()
    assert file_objection(tmp_path / "empty") == "This file is empty."
    with open(tmp_path / "large", "wb") as file:
        file.truncate(PACKAGE_LIMIT + 1)
    assert file_objection(tmp_path / "large").startswith("A package has 2 GiB at most")
    os.truncate(tmp_path / "large", PACKAGE_LIMIT)
    assert file_objection(tmp_path / "large") == ""
    os.mkfifo(tmp_path / "pipe")
    assert file_objection(tmp_path / "pipe") == "This is not a file."
    for typed in ("x" * 5000, "~nobody-here/x", "a\0b", "/dev/null/x"):
        path = located(typed)
        assert path is not None
        assert file_objection(path) == "There is no such file on this machine."
    assert file_objection(Path("/dev/null")) == "This is not a file."


async def test_what_cannot_be_kept_is_said_at_the_field(
    here: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()

        def full(_path: Path, _data: bytes) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("vestibule.remote.staging.write_private", full)
        editor = await desk.edit(pilot, "location")
        await pilot.press(*"here", "enter")
        refused = editor.query_one("#refused", Static)
        await until(lambda: "cannot be kept on this machine" in str(refused.render()))
        assert (desk.app.screen, desk.field().value) == (editor, "here")
        await pilot.press("escape")
        await desk.back()
        await desk.select("cloud")
        await pilot.press("space")
        assert "cannot be kept on this machine" in desk.said
        assert desk.edits == {}
