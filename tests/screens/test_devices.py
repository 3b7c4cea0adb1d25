"""Devices and sessions on screen, and what happens there when one ends: by somebody, or by a limit."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from textual.screen import Screen
from textual.widgets import Input

from tests.screens.desk import LINKS, OWN_PASSWORD, PROFILE, SERVICE, SignedIn, an_admin
from tests.waiting import until
from vestibule.app import VestibuleApp
from vestibule.config import Folders
from vestibule.models import ClientNew, SignIn
from vestibule.remote import attendance
from vestibule.remote.api import Api
from vestibule.remote.connection import Connection
from vestibule.remote.embedded import open_site
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.devices import Devices
from vestibule.screens.home import Home
from vestibule.screens.login import Login
from vestibule.screens.my_security import MySecurity
from vestibule.screens.new_password import NewPassword
from vestibule.screens.reauthentication import Reauthentication
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.device_list import DeviceList
from vestibule.widgets.push_button import PushButton

HOUR = 3_600_000


class Desk(SignedIn):
    """The app with all its sections."""

    def __init__(self, here: Folders, welcome: SignIn = SERVICE) -> None:
        super().__init__(here, welcome)
        self.here = here

    async def on(self, kind: type[Screen[Any]]) -> None:
        await until(lambda: isinstance(self.app.screen, kind) and self.app.screen.is_mounted)

    @property
    def rows(self) -> list[str]:
        found = self.app.screen.query_one(DeviceList)
        return [found.render_line(y).text.strip() for y in range(len(found.items))]

    async def agree(self) -> None:
        await self.on(Confirmation)
        self.app.screen.query_one("#yes", PushButton).action_press()
        await until(lambda: not isinstance(self.app.screen, Confirmation))

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.here.database, timeout=5)) as opened, opened:
            opened.execute(statement)

    def everything(self) -> str:
        """What stands anywhere, on any screen of any mode, shown or not."""
        stacks = [screen for stack in self.app._screen_stacks.values() for screen in stack]
        return " ".join(field.value for screen in stacks for field in screen.query(Input))


async def come(here: Folders, console: Api, client_id: str, device: str | None) -> SignIn:
    """The client signs in at a device; gives what signs it in at another one."""
    code = (await console.issue_code(client_id)).code
    async with open_site(here, LINKS) as own:
        await own.sign_in(SignIn(mode="otp", code=code, name="Anna", device=device))
    code = (await console.issue_code(client_id)).code
    return SignIn(mode="otp", code=code, name="Anna", device="pc")


async def test_my_own_devices_are_listed_and_all_others_ended(here: Folders, console: Api) -> None:
    anna = await console.add_client(ClientNew(name="Anna", code_minutes=0))
    await come(here, console, anna.id, "tablet [b]")
    desk = Desk(here, await come(here, console, anna.id, None))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.on(Home)
        await pilot.press("6")
        await desk.on(MySecurity)
        await until(lambda: "3, signed in at 3" in desk.shown("#facts"))
        await pilot.press("w")
        await desk.on(Devices)
        await until(lambda: len(desk.rows) == 3)
        for words in ("this one  pc ", "signed in tablet [b] ", "signed in without a device "):
            assert [row for row in desk.rows if words in row], (words, desk.rows)
        assert desk.keys == ["e", "a", "Esc"]
        await pilot.press("a")
        await desk.agree()
        await until(lambda: desk.said == "Ended: 1 device, 2 sessions.")
        await until(lambda: len(desk.rows) == 1 and "this one" in desk.rows[0] and " pc " in desk.rows[0])
        assert desk.keys == ["e", "Esc"]
        await pilot.press("e")  # the one I sit at
        await desk.agree()
        await desk.on(Login)
        assert not desk.connection.knows_device
    assert (await console.devices(anna.id)).devices == []


async def test_an_admin_ends_a_clients_device(here: Folders, console: Api) -> None:
    anna = await console.add_client(ClientNew(name="Anna", code_minutes=0))
    await come(here, console, anna.id, "phone")
    desk = Desk(here, await an_admin(here, console))
    async with desk.app.run_test(size=(40, 24)) as pilot:
        await until(lambda: bool(desk.app.screen.query(ClientList)))
        clients = desk.app.screen.query_one(ClientList)
        clients.select_id(anna.id)
        await until(lambda: clients.selected is not None and clients.selected.id == anna.id)
        await pilot.press("w")
        await desk.on(Devices)
        await until(lambda: len(desk.rows) == 1)
        assert "phone" in desk.rows[0]
        assert desk.rows[0].endswith("today")
        await pilot.press("e", "escape")
        await desk.on(Devices)
        assert len((await console.devices(anna.id)).devices) == 1
        await pilot.press("e")
        await desk.agree()
        await until(lambda: desk.rows == [] and desk.said == "Ended: 1 device, 1 session.")
        await come(here, console, anna.id, "phone 2")
        await until(lambda: len(desk.rows) == 1)  # others' sign-ins are shown


async def test_ending_my_own_asks_for_the_password_when_it_is_not_fresh(here: Folders, console: Api) -> None:
    desk = Desk(here, await an_admin(here, console))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await until(lambda: bool(desk.app.screen.query(ClientList)))
        await pilot.press("6", "w")
        await desk.on(Devices)
        await until(lambda: "a" in desk.keys)
        await pilot.press("a")
        await desk.agree()
        await desk.on(Reauthentication)
        desk.field("password").value = OWN_PASSWORD
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, Devices) and len(desk.rows) == 1)


# --- a limit ends the session -------------------------------------------------------------------


async def test_an_idle_admin_is_at_the_login_and_nothing_of_the_session_is_left(here: Folders) -> None:
    desk = Desk(here)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await until(lambda: bool(desk.app.screen.query(ClientList)))
        await pilot.press("f8")
        await desk.on(NewPassword)
        await pilot.press(*"geheim")
        assert "geheim" in desk.everything()
        desk.change(f"UPDATE session SET seen_at = seen_at - {HOUR}")
        await desk.on(Login)
        assert desk.said.startswith("Nothing was done here for a while")
        await until(lambda: len(desk.app._screen_stacks) == 1)
        assert not desk.everything().strip()
        assert (desk.connection.client, desk.connection.api._token) == (None, None)


async def test_a_panel_on_a_wall_comes_back_by_itself_until_its_device_is_ended(
    here: Folders, console: Api
) -> None:
    panel = await console.add_client(ClientNew(name="Panel", code_minutes=0))
    desk = Desk(here, await come(here, console, panel.id, "old"))
    async with desk.app.run_test(size=(80, 24)):
        await desk.on(Home)
        await console.end_device((await console.devices(panel.id)).devices[1].id, panel.id)
        first = desk.connection.api._token
        desk.change("UPDATE session SET expires_at = created_at")
        await until(lambda: desk.connection.api._token not in (None, first))
        await desk.on(Home)
        rows = (await console.devices(panel.id)).devices
        assert [(row.name, row.signed_in) for row in rows] == [("pc", True)]
        await console.end_device(rows[0].id, panel.id)
        await desk.on(Login)
        assert desk.said == "The session has ended. Sign in again."
    again = VestibuleApp(Connection(here, links=LINKS), PROFILE)  # as after a restart
    async with again.run_test(size=(80, 24)):
        await until(lambda: again.connection.info is not None and not again.connection.knows_device)
        assert isinstance(again.screen, Login)
    await again.connection.close()


async def test_typing_keeps_a_session_alive_and_what_the_screen_asks_by_itself_does_not(
    here: Folders, console: Api
) -> None:
    def seen_at() -> int:
        with closing(sqlite3.connect(here.database, timeout=5)) as opened:
            return int(opened.execute("SELECT max(seen_at) FROM session").fetchone()[0])

    now = 1000.0
    desk = Desk(here)
    desk.connection.attendance = attendance.Attendance(lambda: now)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await until(lambda: bool(desk.app.screen.query(ClientList)))
        clients = desk.app.screen.query_one(ClientList)
        await pilot.press("f8")
        await desk.on(NewPassword)
        desk.change("UPDATE session SET seen_at = seen_at - 3000000")
        earlier = seen_at()
        await pilot.press("a")  # the server has just heard of this person
        now += attendance.MINUTE
        await console.add_client(ClientNew(name="New"))
        await until(lambda: clients.total == 2)
        assert seen_at() == earlier
        await pilot.press("b")
        await until(lambda: seen_at() > earlier)
        assert desk.field("current").value == "ab"
