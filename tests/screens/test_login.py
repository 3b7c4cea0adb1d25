"""The login dialog against the real server in this process."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
from textual import events

from tests.screens.desk import LINKS, PROFILE
from tests.sites import PASSWORD
from tests.waiting import until
from vestibule.app import VestibuleApp
from vestibule.config import Folders, folders
from vestibule.models import ServerInfo
from vestibule.remote.connection import Connection
from vestibule.screens.clients import Clients
from vestibule.screens.login import Login
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.mode_toggle import ModeToggle
from vestibule.widgets.status_line import StatusLine
from vestibule.widgets.title_bar import TitleBar


def set_setting(here: Folders, name: str, value: object) -> None:
    with closing(sqlite3.connect(here.database)) as database, database:
        (settings,) = database.execute("SELECT settings FROM project_version").fetchone()
        changed = json.dumps({**json.loads(settings), name: value})
        database.execute("UPDATE project_version SET settings = ?", (changed,))


class Desk:
    """The app with its login dialog."""

    def __init__(self, here: Folders, address: str = "here") -> None:
        self.connection = Connection(here, address, LINKS)
        self.app = VestibuleApp(self.connection, PROFILE)

    @property
    def login(self) -> Login:
        assert isinstance(self.app.screen, Login)
        return self.app.screen

    def field(self, name: str) -> Field:
        return self.login.query_one(f"#{name}", Field)

    def objection(self, name: str) -> str | None:
        return self.field(name).objection or None

    @property
    def at(self) -> str | None:
        nodes = self.login.focused.ancestors_with_self if self.login.focused else []
        return next((node.id for node in nodes if isinstance(node, Field)), None)

    @property
    def said(self) -> str:
        return self.login.query_one(StatusLine).sentence

    @property
    def keys(self) -> list[str]:
        return [key for key, _words in self.login.query_one(KeyLine).keys]

    async def connected(self) -> None:
        await until(lambda: self.connection.connected and self.connection.info is not None)


async def test_toggling_keeps_what_was_typed(here: Folders) -> None:
    desk = Desk(here)
    async with desk.app.run_test() as pilot:
        await desk.connected()
        assert desk.at == "username"
        await pilot.press(*"anna", "tab", *"secret", "ctrl+t")
        assert desk.at == "code"
        assert desk.field("code").display
        assert not desk.login.query_one("#by-password").display
        await pilot.press(*"7kqm", "f2")
        assert desk.at == "username"
        assert (desk.field("username").value, desk.field("password").value) == ("anna", "secret")
        await pilot.click(ModeToggle)
        assert (desk.at, desk.field("code").value) == ("code", "7kqm")
        await desk.connection.close()


async def test_without_otp_authentication_there_is_no_toggle(here: Folders) -> None:
    set_setting(here, "use_otp_authentication", False)
    desk = Desk(here)
    async with desk.app.run_test() as pilot:
        assert desk.login.query_one(ModeToggle).display  # nobody has said yet
        await pilot.press("ctrl+t", *"7k")
        await desk.connected()
        assert not desk.login.query_one(ModeToggle).display
        assert desk.login.query_one("#by-password").display
        assert not desk.login.query_one("#by-code").display
        assert desk.at == "username"
        assert "ctrl+t" not in desk.keys
        await pilot.press("ctrl+t", "f2")
        assert desk.login.query_one("#by-password").display
        await desk.connection.close()


async def test_after_five_wrong_passwords_it_says_how_long_to_wait(here: Folders) -> None:
    desk = Desk(here)
    async with desk.app.run_test() as pilot:
        await desk.connected()
        desk.field("username").value = "service"
        desk.field("password").value = "wrong"
        await pilot.press("tab")
        for attempt in range(6):
            await pilot.press("enter")
            await desk.app.workers.wait_for_complete()
            await pilot.pause()
            wrong = "! The username or the password is wrong."
            assert (desk.objection("password") == wrong) is (attempt < 5)
        said = desk.objection("password")
        assert said is not None
        assert said.startswith("! Too many wrong attempts. Try again in ")
        assert said.endswith(" seconds.")
        assert desk.field("password").value == "wrong"
        await desk.connection.close()


async def test_enter_goes_on_and_signs_in_from_the_last_field(here: Folders) -> None:
    desk = Desk(here)
    async with desk.app.run_test() as pilot:
        await desk.connected()
        await pilot.press("ctrl+t")
        desk.field("device").value = ""
        reached = []
        for letter in "cnd":
            reached.append(desk.at)
            await pilot.press(letter, "enter")
            await pilot.pause()
        assert reached == ["code", "name", "device"]
        await desk.app.workers.wait_for_complete()
        assert desk.at == "code"
        assert desk.objection("code") == "! A code has 12 letters and digits, like 7KQM-4XPT-9D2H."
        await pilot.press("backspace")
        assert desk.objection("code") is None
        await pilot.press("f2", *"service", "enter", *PASSWORD, "enter")
        await until(lambda: isinstance(desk.app.screen, Clients))


async def test_what_is_missing_is_asked_for(here: Folders) -> None:
    desk = Desk(here)
    async with desk.app.run_test() as pilot:
        await desk.connected()
        await pilot.click("#sign-in")
        assert (desk.at, desk.objection("username")) == ("username", "! Type your username.")
        await pilot.press("a")
        await pilot.pause(0.3)  # a Button ignores a second press for a moment
        await pilot.click("#sign-in")
        assert (desk.at, desk.objection("password")) == ("password", "! Type your password.")
        await desk.connection.close()


@pytest.mark.parametrize("separator", ["enter", "tab"])
async def test_typed_ahead_nothing_goes_astray(here: Folders, separator: str) -> None:
    """As a password manager types, or a person over a slow line: all keys arrive at once."""
    desk = Desk(here)
    async with desk.app.run_test() as pilot:
        await desk.connected()
        for key in ("s", "v", separator, "p", "w"):
            letter = key if len(key) == 1 else {"enter": "\r", "tab": "\t"}[key]
            desk.app.post_message(events.Key(key, letter))
        await pilot.pause()
        await pilot.pause(0.2)
        assert (desk.field("username").value, desk.field("password").value) == ("sv", "pw")
        await desk.connection.close()


class _Answers(BaseHTTPRequestHandler):
    """Says who the server is, and nothing else."""

    def do_GET(self) -> None:
        modes = ["password", "otp"]
        info = ServerInfo(site="Far Away", version="1", modes=modes, time_zone="UTC")
        body = msgspec.json.encode(info)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def late_server() -> Iterator[HTTPServer]:
    """Has its address, and does not listen yet."""
    server = HTTPServer(("127.0.0.1", 0), _Answers, bind_and_activate=False)
    server.server_bind()
    yield server
    server.server_close()


async def test_it_connects_by_itself_when_the_server_comes(tmp_path: Path, late_server: HTTPServer) -> None:
    address = f"http://127.0.0.1:{late_server.server_port}"
    desk = Desk(folders({"VESTIBULE_HOME": str(tmp_path)}), address)
    async with desk.app.run_test() as pilot:
        await pilot.press(*"anna", "tab", *"my password")
        await until(lambda: desk.said.startswith(f"{address} does not answer (no server listens there). "))
        await pilot.press("enter")  # is not answered either
        late_server.server_activate()
        answering = threading.Thread(target=late_server.serve_forever)
        answering.start()
        try:
            await until(lambda: desk.said == "Connected.")
        finally:
            late_server.shutdown()
            answering.join()
        assert desk.login.query_one(TitleBar).title == "Far Away"
        assert (desk.field("username").value, desk.field("password").value) == ("anna", "my password")
        await desk.connection.close()


async def test_the_upper_border_ends_where_the_others_do(here: Folders) -> None:
    desk = Desk(here)
    async with desk.app.run_test(size=(80, 24)):
        bar, body = desk.login.query_one(TitleBar), desk.login.query_one("#body")
        drawn = bar.render_line(0).text
        assert (bar.region.x, bar.region.right) == (body.region.x, body.region.right)
        assert (drawn[0], drawn[-1], len(drawn)) == ("┌", "┐", body.region.width)
