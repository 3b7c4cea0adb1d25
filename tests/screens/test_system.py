"""System against the real server in this process."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Static

from tests.screens.desk import OWN_PASSWORD, an_admin
from tests.screens.system_desk import SIZE, Desk, upload
from tests.waiting import until
from vestibule.config import Folders
from vestibule.remote.api import Api
from vestibule.remote.staging import Staging
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.reauthentication import Reauthentication
from vestibule.screens.secret_shown import SecretShown
from vestibule.screens.system import System
from vestibule.widgets.field import Field
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine


async def test_space_switches_and_edits_are_counted_and_reverted(
    here: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=SIZE) as pilot:
        await desk.opened()
        assert desk.heading == "System · version 1"
        assert desk.row("System name").endswith("Haus Lindenhof")
        assert desk.about.startswith("The site's name")
        assert desk.keys == ["Enter", "?", "v", "p", "c", "ctrl+o", "ctrl+q"]
        await desk.select("cloud_password")
        assert desk.about.startswith("Cloud is off: no effect now.")
        await desk.select("cloud")
        await pilot.press("space")
        assert desk.edits == {"cloud": True}
        assert desk.row(" Cloud ").split() == [">*", "Cloud", "on"]
        assert "Cloud is off" not in desk.row("Password for cloud")
        assert desk.heading == "System · 1 edit, based on version 1"
        assert desk.about.startswith("In force: off.")
        assert desk.keys[:4] == ["Space", "u", "r", "R"]
        await desk.select("cloud_connection_policy")
        await pilot.press("space", "space")
        assert desk.edits["cloud_connection_policy"] == "local_remote_and_cloud"
        await pilot.press("r")
        assert desk.edits == {"cloud": True}
        await desk.select("time_server")
        await pilot.press("enter", "space")  # on, and off again: no edit
        assert desk.edits == {"cloud": True}
        await pilot.press("space")
        await pilot.press("R")
        await until(lambda: isinstance(desk.app.screen, Confirmation))
        assert "2 edits are dropped." in str(desk.app.screen.query_one(".sentence", Static).render())
        desk.app.screen.query_one("#yes", PushButton).action_press()
        await desk.back()
        await until(lambda: desk.heading == "System · version 1")
        assert desk.edits == {}


async def test_edits_survive_signing_out_and_a_restart(
    here: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await desk.select("time_server")
        await pilot.press("space")
    again = Desk(here, monkeypatch)
    async with again.app.run_test(size=(80, 24)) as pilot:
        await again.opened()
        assert again.heading == "System · 1 edit, based on version 1"
        assert again.edits == {"time_server": True}
        Staging(here, again.connection.address).stage("location", "by command", _system(again))
        again.screen.on_screen_resume()
        assert again.heading == "System · 2 edits, based on version 1"


def _version(screen: System) -> int:
    return screen.settings.version if screen.settings is not None else 0


def _system(desk: Desk) -> Any:
    assert desk.screen.settings is not None
    return desk.screen.settings


async def test_a_version_that_came_meanwhile_is_told(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=SIZE) as pilot:
        await desk.opened()
        await upload(console, location="elsewhere")
        await until(lambda: desk.heading == "System · version 2")
        assert (desk.said, desk.row("Location").split()[-1]) == ("", "elsewhere")
        await desk.select("time_server")
        await pilot.press("space")
        screen = desk.screen
        await desk.edit(pilot, "server_type")
        await upload(console, location="[@click=app.quit]x[/]")
        await until(lambda: _version(screen) == 3)
        assert screen.query_one(StatusLine).sentence == "", "a dialog is open"
        await pilot.press(*"box", "enter")
        await desk.back()
        await until(lambda: desk.said.startswith("Version 3 is in force meanwhile."))
        assert desk.heading == "System · 2 edits, based on version 2 · ! version 3 is in force"
        assert desk.row("Location").endswith("[@click=app.quit]x[/]")
        assert desk.edits == {"time_server": True, "server_type": "box"}
        desk.screen.staging.clear()  # as an upload does
        desk.screen.on_screen_resume()
        assert (desk.said, desk.heading) == ("", "System · version 3")


async def test_a_secret_is_revealed_after_a_proof_and_hides_by_itself(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upload(console, cloud_password="[b]cloud secret[/b]")
    monkeypatch.setattr("vestibule.screens.secret_shown.SecretShown.SECONDS", 0.6, raising=True)
    desk = Desk(here, monkeypatch, await an_admin(here, console))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await desk.select("cloud_password")
        await pilot.press("V")
        await until(lambda: isinstance(desk.app.screen, Reauthentication))
        desk.app.screen.query_one("#password", Field).value = OWN_PASSWORD
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, SecretShown))
        shown = desk.app.screen
        await until(lambda: bool(shown.query("#secret")))
        assert str(shown.query_one("#secret", Static).render()) == "[b]cloud secret[/b]"
        assert not shown.allow_select
        await desk.back()
        monkeypatch.setattr("vestibule.screens.secret_shown.SecretShown.SECONDS", 60.0)
        await pilot.press("V")
        await until(lambda: isinstance(desk.app.screen, SecretShown))
        await pilot.press("escape")
        await desk.back()
        assert "secret[" not in desk.app.export_screenshot()
        # What only the service account may change is refused before anything is typed.
        await desk.select("password")
        await pilot.press("V", "enter")
        await until(lambda: desk.said == "Only the service account may do this.")
    rows = (await console.audit()).rows
    assert [row.action for row in rows].count("secret.revealed") == 2


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (50, 16)])
async def test_everything_is_in_its_place(
    here: Folders, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=size) as pilot:
        await desk.opened()
        await pilot.pause()
        for name in ("#edits", "#about", "PropertyGrid", "StatusLine", "KeyLine"):
            assert desk.screen.region.contains_region(desk.screen.query_one(name).region), name
        assert desk.screen.query_one("#about").size.height == (2 if size[0] >= 60 else 4)
        if size == SIZE:
            assert desk.grid.max_scroll_y == 0
        await pilot.press("end")
        assert desk.row("Cloud connection policy").startswith(">")
