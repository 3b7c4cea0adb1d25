"""The dialog that shows a new recovery code once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tests.screens.desk import PROFILE
from vestibule.screens.recovery_shown import RecoveryShown
from vestibule.terminal import Profile
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine

CODE = "7KQM-4XPT-9D2H-M3NB-0Z1W-CA8E"


class Desk:
    def __init__(self, profile: Profile = PROFILE) -> None:
        self.app: App[None] = App()
        self.dialog = RecoveryShown(CODE, profile)
        self.answers: list[bool | None] = []

    @asynccontextmanager
    async def running(self, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
        async with self.app.run_test(size=size) as pilot:
            self.app.push_screen(self.dialog, self.answers.append)
            await pilot.pause()
            yield pilot

    def shown(self, place: str) -> str:
        return str(self.dialog.query_one(place, Static).render())

    @property
    def keys(self) -> list[str]:
        return [key for key, _words in self.dialog.query_one(KeyLine).keys]


@pytest.mark.parametrize("size", [(80, 24), (40, 24)])
async def test_the_whole_code_is_in_sight_in_groups(size: tuple[int, int]) -> None:
    desk = Desk()
    async with desk.running(size):
        rows = desk.shown("#code").split("\n")
        assert rows == ["7 K Q M  -  4 X P T  -  9 D 2 H", "", "M 3 N B  -  0 Z 1 W  -  C A 8 E"]
        for place in ("#code", "#last", "#kept"):
            widget = desk.dialog.query_one(place)
            assert widget.region.height > 0
            assert desk.dialog.region.contains_region(widget.region)


async def test_it_stays_until_the_last_group_was_typed() -> None:
    desk = Desk()
    async with desk.running() as pilot:
        await pilot.press("escape")
        assert "It is never shown again" in desk.shown("#said")
        await pilot.press("enter")
        assert desk.shown("#said") == "To go on, copy it or type its last group."
        assert desk.dialog.query_one("#kept").disabled
        await pilot.press("tab", *"ca8f", "enter")
        field = desk.dialog.query_one(Field)
        assert field.objection == "! This is not its last group. Look again."
        assert field.value == "ca8f"
        await pilot.press("backspace", "e")
        assert not desk.dialog.query_one("#kept").disabled
        assert not desk.answers
        await pilot.press("enter")
        assert desk.answers == [True]
        assert CODE not in repr(desk.dialog.__dict__)


@pytest.mark.parametrize("typed", ["0z1w", "OZIW", "o-z l w"])
async def test_it_reads_what_was_typed_as_the_server_does(typed: str) -> None:
    desk = Desk()
    desk.dialog = RecoveryShown("7KQM-0Z1W", PROFILE)
    async with desk.running() as pilot:
        desk.dialog.query_one(Field).value = typed
        await pilot.pause()
        assert not desk.dialog.query_one("#kept").disabled


async def test_copied_it_may_be_closed_and_is_not_left_in_the_app() -> None:
    desk = Desk()
    async with desk.running() as pilot:
        assert desk.keys[0] == "c"
        await pilot.press("c")
        assert desk.app.clipboard == CODE
        assert "Not every terminal takes it" in desk.shown("#said")
        assert not desk.answers
        await pilot.press("tab", *"ca8f", "enter")
        assert not desk.answers  # copied, but written down wrong
        await pilot.press(*["backspace"] * 4, "enter")
        assert desk.answers == [True]
        assert desk.app.clipboard == ""


async def test_a_console_has_no_clipboard() -> None:
    desk = Desk(replace(PROFILE, console=True))
    async with desk.running() as pilot:
        assert "c" not in desk.keys
        assert not desk.dialog.query("#copy")
        await pilot.press("c")
        assert desk.app.clipboard == ""
        assert desk.dialog.query_one(Field).value == "c"
