"""The header, the user menu, and who sees which sections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from textual.pilot import Pilot

from tests.screens.security_desk import Desk
from vestibule.config import Folders
from vestibule.models import ClientNew, SignIn
from vestibule.remote.api import Api
from vestibule.render.path_words import lost_words
from vestibule.render.when import zone
from vestibule.screens.app_setup import AppSetup
from vestibule.screens.clients import Clients
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.home import Home
from vestibule.screens.keys import KeyTable
from vestibule.screens.my_security import MySecurity
from vestibule.screens.new_password import NewPassword
from vestibule.screens.user_menu import UserMenu
from vestibule.widgets.header_line import HeaderLine, Tab, header
from vestibule.widgets.push_button import PushButton

TITLES = ["Clients", "System", "Licences & codes", "Two-factor", "Activity", "My security"]
SHORT = {"Licences & codes": "Licences", "My security": "Security"}


def line(width: int, count: int = 6, *, lost: bool = False, who: str = "Anna Rossi") -> str:
    tabs = [
        Tab(str(number), title, SHORT.get(title, title), number == 3)
        for number, title in enumerate(TITLES[:count], 1)
    ]
    since = datetime(2026, 11, 22, 13, 3, tzinfo=UTC)
    told = lost_words(since, since + timedelta(minutes=5), zone("Europe/Zurich")) if lost else []
    content, begin = header("Haus Lindenhof", tabs, who, told, width)
    assert content.plain[begin:] == content.plain[begin:].rjust(len(content.plain) - begin)
    return content.plain


def test_the_header_is_shortened_in_steps() -> None:
    assert line(118).startswith("Haus Lindenhof   1 Clients  2 System  3 Licences & codes  4 Two-factor ")
    assert line(118).endswith("  F4 Anna Rossi")
    words = "Haus Lindenhof  1 Clients 2 System 3 Licences 4 Two-factor 5 Activity 6 Security"
    assert line(98) == words.ljust(85) + "F4 Anna Rossi"
    assert line(78) == "Haus Lindenhof  1 2 3 Licences 4 5 6".ljust(65) + "F4 Anna Rossi"
    assert line(48) == "Haus Linde…  1 2 3 Licences 4 5 6  F4 Anna Rossi"
    assert line(42) == "Haus Li…  1 2 3 Licences 4 5 6  F4 Anna R…"
    assert line(38) == "Haus Linden…  1 2 3 Licences 4 5 6  F4"
    assert line(20) == "1 2 3 Licences 4 5 6 F4"


@pytest.mark.parametrize("width", [118, 98, 78, 58, 38])
def test_a_lost_connection_is_always_told(width: int) -> None:
    said = line(width, lost=True)
    assert "! no connection since 14:03" in said or "! offline 14:03" in said
    assert "3 Licences" in said
    assert len(said) == width


def test_foreign_names_do_nothing() -> None:
    assert "[@click=app.quit]x[/]" in line(150, who="[@click=app.quit]x[/]")
    assert "<001B>[2J" in line(150, who="\x1b[2J")


async def menu(desk: Desk, pilot: Pilot[None]) -> list[str | None]:
    await pilot.press("f4")
    await desk.on(UserMenu)
    return [button.id for button in desk.app.screen.query(PushButton)]


async def test_the_menu_of_an_admin(here: Folders) -> None:
    desk = Desk(here)
    async with desk.running() as pilot:
        await desk.on(Clients)
        offered = {command.title for command in desk.app.get_system_commands(desk.app.screen)}
        assert {"User menu", "My security", "Change password", "Sign out"} <= offered
        assert await menu(desk, pilot) == [
            "my_security",
            "change_password",
            "choose_theme",
            "sites",
            "sign_out",
        ]
        await pilot.press("f4")
        await desk.on(Clients)
        await menu(desk, pilot)
        await pilot.press("down", "enter")
        await desk.on(NewPassword)
        await pilot.press("escape")
        await desk.on(Clients)
        await menu(desk, pilot)
        await pilot.press("up", "enter")
        await desk.on(Confirmation)
        await pilot.press("escape")
        await menu(desk, pilot)
        await pilot.press("enter")
        await desk.loaded()
        await pilot.press("f7")
        assert isinstance(desk.app.screen, MySecurity)
        await desk.have_app()
        await pilot.press("1")
        await desk.on(Clients)
        assert "sync" in await menu(desk, pilot)
        await pilot.press("down", "enter")
        await desk.on(AppSetup)
        assert "Sync authenticator app" in desk.words


async def test_others_have_their_home_and_my_security(here: Folders, console: Api) -> None:
    added = await console.add_client(ClientNew(name="Guest"))
    assert added.code is not None
    desk = Desk(here, SignIn(mode="otp", code=added.code.code, name="Guest", device="pc"))
    async with desk.running() as pilot:
        await desk.on(Home)
        assert " 1 Home  6 My security " in desk.words
        await pilot.press("2", "4", "6")
        await desk.loaded()
        await pilot.press("question_mark")
        await desk.on(KeyTable)
        assert "Home" in desk.words
        assert "System" not in desk.words
        await pilot.press("escape", "1")
        await desk.on(Home)
        await pilot.click(HeaderLine, offset=(77, 0))
        await desk.on(UserMenu)
        await pilot.press("enter")
        await desk.on(MySecurity)
