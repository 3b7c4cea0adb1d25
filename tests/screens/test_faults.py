"""What goes wrong while somebody signs in: it is said, nothing typed is lost, and it goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.net.proxy import proxy
from tests.net.servers import Running, Servers
from tests.screens.desk import LINKS, PROFILE
from tests.sites import PASSWORD
from tests.waiting import until
from vestibule.app import VestibuleApp
from vestibule.config import Folders, folders
from vestibule.models import ClientNew
from vestibule.remote.connection import Connection
from vestibule.remote.embedded import open_site
from vestibule.screens.clients import Clients
from vestibule.screens.home import Home
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.field import Field
from vestibule.widgets.header_line import HeaderLine
from vestibule.widgets.status_line import StatusLine

SILENT = "The server does not answer. Nothing you typed is lost; try again."


@pytest.fixture
def away(tmp_path: Path) -> Folders:
    return folders({"VESTIBULE_HOME": str(tmp_path / "away")})


class Desk:
    """The login dialog of a site elsewhere."""

    def __init__(self, machine: Folders, port: int) -> None:
        self.connection = Connection(machine, f"http://127.0.0.1:{port}", LINKS)
        self.app = VestibuleApp(self.connection, PROFILE)

    @property
    def said(self) -> str:
        return self.app.screen.query_one(StatusLine).sentence

    async def fill(self, pilot: Pilot[None], *fields: tuple[str, str]) -> None:
        for name, value in fields:
            found = self.app.screen.query_one(f"#{name}", Field)
            found.value = value
            found.input.focus()
        await pilot.pause()

    def typed(self, name: str) -> str:
        return self.app.screen.query_one(f"#{name}", Field).value


def kills(server: Running, at: bytes) -> Callable[[bytes], bool]:
    """Kill the server when this passes by, which gets no further."""

    def pass_by(data: bytes) -> bool:
        if at not in data:
            return True
        server.kill()
        return False

    return pass_by


@pytest.mark.parametrize("answered", [False, True], ids=["before it was asked", "before it was heard"])
async def test_a_server_killed_at_a_code(
    away: Folders, here: Folders, servers: Servers, answered: bool
) -> None:
    async with open_site(here, LINKS, as_console=True) as console:
        code = (await console.add_client(ClientNew())).code
    assert code is not None
    server = servers.start(here.state)
    async with proxy(server.port) as between:
        desk = Desk(away, between.port)
        async with desk.app.run_test() as pilot:
            await until(lambda: desk.connection.connected)
            if answered:
                between.on_answer = kills(server, b"201 Created")
            else:
                between.on_request = kills(server, b"POST /v1/sessions")
            await pilot.press("f2")
            await desk.fill(pilot, ("code", code.code), ("name", "Anna"))
            await pilot.press("enter", "enter")
            await until(lambda: desk.said == SILENT)
            assert (desk.typed("code"), desk.typed("name")) == (code.code, "Anna")
            between.on_answer = between.on_request = lambda _data: True
            between.to = servers.start(here.state).port
            await pilot.press("enter")
            if answered:
                used = desk.app.screen.query_one("#code", Field)
                await until(lambda: used.objection.startswith("! This code was used already"))
            else:
                await until(lambda: isinstance(desk.app.screen, Home))
        await desk.connection.close()


async def test_a_lost_line_is_told_what_is_typed_stays_and_it_comes_back(
    away: Folders, here: Folders, servers: Servers
) -> None:
    server = servers.start(here.state)
    async with proxy(server.port) as between:
        desk = Desk(away, between.port)
        async with desk.app.run_test(size=(100, 24)) as pilot:
            await until(lambda: desk.connection.connected)
            await desk.fill(pilot, ("username", "service"), ("password", PASSWORD))
            await pilot.press("enter")
            await until(lambda: isinstance(desk.app.screen, Clients))
            screen = desk.app.screen
            header = screen.query_one(HeaderLine)
            await pilot.press("slash", *"anna")
            server.kill()
            await until(lambda: "! " in str(header.render()))
            assert screen.has_class("-stale")
            assert screen.query_one(ClientList).styles.text_style.dim
            assert desk.said.startswith("What you see is from ")
            async with open_site(here, LINKS, as_console=True) as console:
                await console.add_client(ClientNew(name="Anna Rossi"))
            between.to = servers.start(here.state).port
            await until(lambda: desk.said == "Connected again.")
            await until(lambda: screen.query_one(ClientList).total == 1)
            assert "! " not in str(header.render())
            assert not screen.has_class("-stale")
            assert screen.query_one("#filter", Input).value == "anna"
        await desk.connection.close()


async def test_a_disk_that_cannot_be_written_is_told_and_hinders_nobody(
    away: Folders, here: Folders, servers: Servers
) -> None:
    away.state.parent.mkdir()
    away.state.write_bytes(b"")  # where a folder should be
    desk = Desk(away, servers.start(here.state).port)
    told = "This machine's disk cannot be written ("
    async with desk.app.run_test() as pilot:
        await until(lambda: desk.said.startswith(told))
        await pilot.press("f5", "f5", "f5")  # once round the languages
        await until(lambda: desk.said.startswith(told))
        await desk.fill(pilot, ("username", "service"), ("password", PASSWORD))
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, Clients))
        await until(lambda: desk.said.startswith(told))
        desk.app.screen.query_one(StatusLine).say("")
        desk.app.put_on("light")
        assert (desk.said.startswith(told), "light" in desk.app.theme) == (True, True)
    await desk.connection.close()
