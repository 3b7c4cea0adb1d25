"""F1 explains what has the focus on every screen and dialog, and leaves everything as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from tests.screens.every_screen import BASES, EVERY, here, kinds, opened
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import ClientFields
from vestibule.remote.api import Api
from vestibule.render.client_words import explanations as of_client
from vestibule.render.help_words import state_of
from vestibule.render.policy_words import SWITCHES, switch_explanations
from vestibule.render.property_words import explanations, labels
from vestibule.screens.clients import Clients
from vestibule.screens.help import Help, topic
from vestibule.screens.two_factor import TwoFactor
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.policy_rows import PolicyRows
from vestibule.widgets.property_grid import PropertyGrid

__all__ = ["here"]
WORDY = 20
"""Letters of a sentence that says something."""


def test_every_screen_is_walked() -> None:
    assert kinds() == {kind for kind, _made in EVERY.values()}
    assert kinds().isdisjoint(BASES)


async def wrong_help(pilot: Pilot[None], screen: Screen[Any]) -> AsyncIterator[str]:
    """What is wrong with the help for each control, and with what it leaves behind."""
    if isinstance(screen, Help):  # F1 closes it
        return
    said: dict[tuple[str, str], Widget] = {}
    if len(screen_alone(screen)) < WORDY:
        yield "it is not explained itself"
    for number, widget in enumerate(list(screen.focus_chain)):
        screen.set_focus(widget)
        before = values(screen)
        by_key = number == 0  # the dialog itself takes its time
        title, paragraphs = (await asked(pilot, screen)).topic if by_key else topic(screen)
        own = [each for each in paragraphs if each != screen_alone(screen)]
        if title in ("", "Help") or not own or len(own[0]) < WORDY:
            yield f"{widget} is not explained: {title} {paragraphs}"
        elif (title, own[0]) in said:
            yield f"{widget} is explained as {said[title, own[0]]} is"
        else:
            said[title, own[0]] = widget
        if by_key:
            await pilot.press("escape")
            await until(lambda: screen.is_active)
        if screen.focused is not widget or values(screen) != before:
            yield f"{widget} is not as it was"


def screen_alone(screen: Screen[Any]) -> str:
    """What help says where nothing has the focus."""
    focused = screen.focused
    screen.set_reactive(Screen.focused, None)
    try:
        return "".join(topic(screen).paragraphs)
    finally:
        screen.set_reactive(Screen.focused, focused)


def values(screen: Screen[Any]) -> list[str]:
    """What is typed everywhere."""
    for number, field in enumerate(screen.query(Input)):
        if not field.value and not field.password:
            field.value = str(number)
    return [field.value for field in screen.query(Input)]


async def asked(pilot: Pilot[None], screen: Screen[Any]) -> Help:
    """The help for what has the focus."""
    await pilot.press("f1")
    await until(lambda: isinstance(screen.app.screen, Help) and screen.app.screen.is_mounted)
    shown = screen.app.screen
    assert isinstance(shown, Help)
    return shown


async def test_fields_of_a_client_are_explained_as_in_the_editor(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("new_client", here, console, monkeypatch) as (_pilot, screen):
        said: dict[str, str] = {}
        for widget in screen.focus_chain:
            screen.set_focus(widget)
            ids = [node.id for node in widget.ancestors_with_self if node.id]
            said |= {ids[0]: topic(screen).paragraphs[0]}
        expected = of_client("Europe/Zurich")
        assert said == {id: expected[id] for id in expected}


async def test_rows_of_system_are_explained_one_by_one(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("system", here, console, monkeypatch) as (_pilot, screen):
        grid = screen.query_one(PropertyGrid)
        for index, line in enumerate(grid.items):
            if line.key:
                grid.cursor = index
                title, (first, *_rest) = topic(screen)
                assert title == labels()[line.key]
                assert first.endswith(explanations()[line.key])


async def test_switches_of_the_policy_are_explained_one_by_one(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("two_factor", here, console, monkeypatch) as (_pilot, screen):
        assert isinstance(screen, TwoFactor)
        await until(lambda: screen.policy is not None)
        grid = screen.query_one(PolicyRows)
        for index, name in enumerate(SWITCHES):
            grid.cursor = index
            assert switch_explanations()[name] in topic(screen).paragraphs[0]
        await until(lambda: screen.limits is not None)
        grid.cursor = len(grid.items) - 1
        assert topic(screen).title == "Everybody after"
        grid.cursor -= 3
        assert topic(screen).title == "SMS gateway"


async def test_a_client_is_explained_by_its_state(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("clients", here, console, monkeypatch) as (_pilot, screen):
        assert isinstance(screen, Clients)
        rows = screen.query_one(ClientList)
        rows.focus()
        await until(lambda: rows.selected is not None and rows.selected.name == "Anna Rossi")
        chosen = rows.selected
        assert chosen is not None
        assert topic(screen).paragraphs[0] == state_of(chosen, plain=False)
        disabled = await console.edit_client(chosen.id, ClientFields(enabled=False))
        assert state_of(disabled, plain=False) != state_of(chosen, plain=False)


async def test_help_fits_and_scrolls_on_a_small_terminal(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened("clients", here, console, monkeypatch, (40, 24)) as (pilot, screen):
        screen.query_one(ClientList).focus()
        shown = await asked(pilot, screen)
        pane = shown.query_one(".dialog")
        assert shown.region.contains_region(pane.region)
        await until(lambda: ("↑↓", "more") in shown.query_one(KeyLine).keys)
        await pilot.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown")
        assert pane.scroll_y == pane.max_scroll_y
        await pilot.press("f1")
        await until(lambda: screen.is_active)
