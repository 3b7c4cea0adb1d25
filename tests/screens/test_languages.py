"""The languages: what nobody said in English stays English, and where one chooses another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.containers import ScrollableContainer
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from tests.screens.desk import LINKS, PROFILE, SERVICE, SignedIn
from tests.screens.every_screen import here
from tests.sites import PASSWORD
from tests.test_translations import entries, translated
from tests.waiting import until
from vestibule import i18n
from vestibule.app import VestibuleApp
from vestibule.config import Folders, folders
from vestibule.i18n import SOURCE
from vestibule.models import ClientFields, ClientNew, SignIn
from vestibule.remote import preferences
from vestibule.remote.api import Api
from vestibule.remote.connection import Connection
from vestibule.screens.clients import Clients
from vestibule.screens.help import topic
from vestibule.screens.home import Home
from vestibule.screens.keys import listed
from vestibule.screens.login import Login
from vestibule.screens.setup import Setup
from vestibule.widgets.choice import Choice
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.field import LABEL, Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.mode_toggle import ModeToggle
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine

__all__ = ["here"]
SIZE = (80, 24)
WORDS_OF_THE_TEST = {"confirmation", "question", "keys", "help", "secret_shown", "comparison"}
"""Screens whose words a test gives them, which are English."""
ALSO: Mapping[str, set[str]] = {
    "de": {"Clients", "service", "cloud"},
    "fr": {"active", "Met", "compare"},
}
"""English words that are others in another language, but words of it too, or of commands and addresses."""
FILLED_IN = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z%]")


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    i18n.use(SOURCE)


async def speaks(console: Api, language: str) -> None:
    """The service account, and with it the site, speaks this from its next login on."""
    page = await console.clients()
    service = next(client for client in page.clients if client.service)
    await console.edit_client(service.id, ClientFields(language=language))


def still_english(name: str, screen: Screen[Any], language: str) -> list[str]:
    """What a screen, and the help for each of its controls, say in English."""
    if name in WORDS_OF_THE_TEST:
        return []
    helps = [words for widget in screen.focus_chain for words in english_help(screen, widget, language)]
    return english(screen, language) + helps


def english_help(screen: Screen[Any], widget: Widget, language: str) -> list[str]:
    """What F1 says in English where ``widget`` has the focus."""
    screen.set_focus(widget)
    said = topic(screen)
    words = [said.title, *said.paragraphs, *(key.words for key in listed(screen))]
    return [f"help on {widget}: {found}" for line in words for found in english_in(line, language)]


# --- what is English --------------------------------------------------------------------------


@cache
def foreign(language: str) -> re.Pattern[str]:
    """All English words and sentences that are others in ``language``, but not of it."""
    others = {part for entry in entries(translated(language)) for part in _parts(entry.string)}
    parts = {part for entry in entries(translated(language)) for part in _parts(entry.id)} - others
    found = sorted(parts, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, found))})(?![\w-])")


def _parts(text: Any) -> list[str]:
    """What stands for certain, between what is filled in; a word alone only if it is the whole text."""
    texts = [text] if isinstance(text, str) else list(text)
    pieces = [(piece.strip(), whole) for whole in texts for piece in FILLED_IN.split(whole)]
    return [piece for piece, whole in pieces if len(piece) > 2 and (piece == whole or " " in piece)]


def english(screen: Screen[Any], language: str) -> list[str]:
    """What is said in English in sight, or in full where a sentence goes over several lines."""
    said = ["".join(segment.text for segment in strip) for strip in screen._compositor.render_strips()]
    said += [" ".join(str(static.render()).split()) for static in screen.query(Static).results(Static)]
    return [found for line in said for found in english_in(line, language)]


def english_in(line: str, language: str) -> list[str]:
    """English words and sentences in it."""
    return [found for found in foreign(language).findall(line) if found not in ALSO[language]]


def test_english_is_found() -> None:
    assert foreign("de").findall("Anmelden  F3 as this device  (Username)") == ["as this device", "Username"]
    assert foreign("fr").findall("Haus Lindenhof 2 clients, Version 3 is in force.") == ["is in force."]


# --- what has no room -------------------------------------------------------------------------


def misplaced(screen: Screen[Any]) -> list[str]:
    """Controls that are not wholly on the screen, words cut off, labels longer than their column."""
    return [*_outside(screen), *_cut(screen)]


def _outside(screen: Screen[Any]) -> Iterator[str]:
    for widget in screen.focus_chain:
        region, room = widget.region, screen.region
        if any(isinstance(node, ScrollableContainer) for node in widget.ancestors):
            room = Region(room.x, region.y, room.width, region.height)  # up and down it comes into sight
        if not room.contains_region(region) or not region.area:
            yield f"{widget} at {region}"


def _cut(screen: Screen[Any]) -> Iterator[str]:
    for field in screen.query(Field):
        if type(field).render is Field.render and cell_len(field.label) > LABEL:
            yield f"label {field.label}"
    for button in screen.query(PushButton):
        if button.display and button.region.area and cell_len(str(button.render())) > button.size.width:
            yield f"button {button.render()}"
    for line in screen.query(KeyLine):
        said = str(line.render())
        if cell_len(said) > line.content_size.width or not line.keys:
            yield f"keys {said}"


# --- switching --------------------------------------------------------------------------------


async def at_login(connection: Connection, app: VestibuleApp) -> Login:
    await until(lambda: connection.connected and connection.info is not None)
    assert isinstance(app.screen, Login)
    return app.screen


def labels(screen: Screen[Any]) -> list[str]:
    return [field.label for field in screen.query(Field)]


async def test_a_key_at_the_login_changes_the_language_and_keeps_what_was_typed(here: Folders) -> None:
    connection = Connection(here, links=LINKS)
    app = VestibuleApp(connection, PROFILE)
    async with app.run_test(size=SIZE) as pilot:
        login = await at_login(connection, app)
        assert ("F5", "Français") in login.query_one(KeyLine).keys
        await pilot.press(*"anna", "tab", *"secret", "ctrl+t", *"7kqm", "tab", "A", "f5")
        assert labels(login) == ["Nom d’utilisateur", "Mot de passe", "Code OTP", "Votre nom", "Cet appareil"]
        assert [field.value for field in login.query(Field)][:4] == ["anna", "secret", "7kqm", "A"]
        assert login.query_one(ModeToggle).otp
        assert not login.query_one("#by-password").display
        assert login.query_one("#name", Field).input.has_focus
        assert preferences.load(here).language == "fr"
        await pilot.press("n", "f5")
        assert ("F5", "English") in login.query_one(KeyLine).keys
        assert login.query_one("#name", Field).value == "An"
        assert "Einmalcode" in labels(login)
        await pilot.press("f5", "f2", "f5")
        assert labels(login)[:2] == ["Nom d’utilisateur", "Mot de passe"]
        assert login.query_one("#username", Field).input.has_focus
    await connection.close()


async def test_a_server_that_does_not_answer_does_not_hinder_it(tmp_path: Path) -> None:
    here = folders({"VESTIBULE_HOME": str(tmp_path)})
    connection = Connection(here, "http://127.0.0.1:9")
    app = VestibuleApp(connection, PROFILE)
    async with app.run_test(size=SIZE) as pilot:
        for language in ("fr", "de", "en", "fr"):
            await pilot.press("f5")
            assert i18n.current() == language
        assert isinstance(app.screen, Login)
        assert labels(app.screen)[0] == "Nom d’utilisateur"
    await connection.close()


async def test_it_may_be_changed_while_the_server_is_opened(here: Folders) -> None:
    connection = Connection(here, links=LINKS)
    app = VestibuleApp(connection, PROFILE)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f5", "f5", "f5", "f5", "tab", "tab", "f5")
        login = await at_login(connection, app)
        assert login.query_one("#cancel").has_focus
        await pilot.press("f2", "f2", *"service", "enter", *PASSWORD, "enter")
        await until(lambda: isinstance(app.screen, Clients))
        assert preferences.load(here).language == "de"
        assert i18n.current() == SOURCE  # the service account's
    await connection.close()


async def test_who_signs_in_is_spoken_to_in_their_language_and_the_next_one_in_the_machines(
    here: Folders, console: Api
) -> None:
    added = await console.add_client(ClientNew(name="Heidi", language="de"))
    assert added.code is not None
    i18n.use("fr")
    code = SignIn(mode="otp", code=added.code.code, name="Heidi", device="pc")
    desk = SignedIn(here, code)
    async with desk.app.run_test(size=SIZE) as pilot:
        await until(lambda: isinstance(desk.app.screen, Home))
        assert "abmelden" in str(desk.app.screen.query_one(KeyLine).render())
        await console.edit_client(added.id, ClientFields(enabled=False))
        await until(lambda: isinstance(desk.app.screen, Login))
        assert labels(desk.app.screen)[0] == "Nom d’utilisateur"
        await until(lambda: desk.app.screen.query_one(StatusLine).sentence.startswith("Cet accès"))
        await pilot.press("f5")
        await until(lambda: desk.app.screen.query_one(StatusLine).sentence.startswith("Dieser Zugang"))
    await desk.connection.close()


async def test_who_has_no_language_is_spoken_to_in_the_machines(here: Folders, console: Api) -> None:
    added = await console.add_client(ClientNew(name="Anna"))
    assert added.code is not None
    i18n.use("fr")
    desk = SignedIn(here, SignIn(mode="otp", code=added.code.code, name="Anna", device="pc"))
    async with desk.app.run_test(size=SIZE):
        await until(lambda: isinstance(desk.app.screen, Home))
        assert i18n.current() == "fr"
    await desk.connection.close()


async def test_the_language_chosen_at_setup_is_spoken_at_once_and_next_time(tmp_path: Path) -> None:
    here = folders({"VESTIBULE_HOME": str(tmp_path)})
    connection = Connection(here, links=LINKS)
    app = VestibuleApp(connection, PROFILE)
    async with app.run_test(size=SIZE) as pilot:
        assert isinstance(app.screen, Setup)
        await pilot.press(*"Haus", "tab", *PASSWORD, "tab", *PASSWORD, "tab", "right", "right")
        assert labels(app.screen) == ["Name der Anlage", "Service-Passwort", "Wiederholen"]
        assert [field.value for field in app.screen.query(Field)] == ["Haus", PASSWORD, PASSWORD]
        assert app.screen.query_one(Choice).has_focus
        await pilot.press("tab", "tab", "enter")
        await until(lambda: isinstance(app.screen, Clients))
        assert i18n.current() == connection.language == preferences.load(here).language == "de"
        assert connection.client is not None
        assert connection.client.language == "de"
    await connection.close()


async def test_the_palette_speaks_too(here: Folders, console: Api) -> None:
    await speaks(console, "de")
    desk = SignedIn(here, SERVICE)
    async with desk.app.run_test(size=SIZE) as pilot:
        await until(lambda: isinstance(desk.app.screen, Clients))
        await until(lambda: desk.app.screen.query_one(ClientList).total is not None)
        await pilot.press("ctrl+p")
        await until(lambda: not isinstance(desk.app.screen, Clients))
        await pilot.pause(0.3)
        assert english(desk.app.screen, "de") == []
        await pilot.press(*"xyzzy")
        await pilot.pause(0.3)
        said = "\n".join(
            "".join(segment.text for segment in strip)
            for strip in desk.app.screen._compositor.render_strips()
        )
        assert "Nichts passt." in said
        assert "No matches" not in said
    await desk.connection.close()
