"""What happened to one's access, told at the next login; against the real server in this process."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.screens.desk import LINKS, SERVICE, SignedIn
from tests.screens.security_desk import totp
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import FactorKind
from vestibule.remote.connection import Connection
from vestibule.remote.embedded import open_site
from vestibule.screens import notices
from vestibule.screens.clients import Clients
from vestibule.screens.notices import NoticesShown, show_unread, unread


class Desk(SignedIn):
    """The app, signed in, with notices to be read."""

    @asynccontextmanager
    async def running(self, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
        async with self.app.run_test(size=size) as pilot:
            await until(lambda: isinstance(self.app.screen, NoticesShown) and self.app.screen.is_mounted)
            yield pilot
        await self.connection.close()


def tell(here: Folders, times: int) -> None:
    """As if somebody had tried with the right password."""
    insert = (
        "INSERT INTO notice (client_id, what, source, at, seen_at) "
        "SELECT id, 'second_factor_failed', '10.0.0.' || ?, ?, NULL FROM client WHERE service"
    )
    with closing(sqlite3.connect(here.database, timeout=5)) as database, database:
        database.executemany(insert, [(number, 1_700_000_000_000) for number in range(times)])


async def test_they_are_shown_once_and_then_read(here: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "GLANCE", 60.0)
    tell(here, 2)
    desk = Desk(here)
    async with desk.running() as pilot:
        texts = [str(line.render()) for line in desk.app.screen.query("#all Static").results(Static)]
        assert [("10.0.0.0" in text, "10.0.0.1" in text) for text in texts] == [(True, False), (False, True)]
        assert desk.keys == ["Enter", "Esc"]
        await pilot.press("enter")  # typed for what was there before
        assert isinstance(desk.app.screen, NoticesShown)
        monkeypatch.setattr(notices, "GLANCE", 0.0)  # a minute later
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, Clients))
        assert await unread(desk.connection) == []
        await show_unread(desk.app, desk.connection)
        assert isinstance(desk.app.screen, Clients)


async def test_put_off_they_come_again(here: Folders) -> None:
    tell(here, 1)
    desk = Desk(here)
    async with desk.running() as pilot:
        await pilot.press("escape")
        assert isinstance(desk.app.screen, Clients)
        assert len(await unread(desk.connection)) == 1


async def test_a_long_list_scrolls(here: Folders) -> None:
    tell(here, 20)
    desk = Desk(here)
    async with desk.running((40, 24)) as pilot:
        await until(lambda: "↑↓" in desk.keys)
        pane = desk.app.screen.query_one("#all")
        button = desk.app.screen.query_one("#read")
        assert desk.app.screen.region.contains_region(button.region)
        await pilot.press("down", "pagedown", "up")
        await until(lambda: pane.scroll_y > 1)
        assert button.has_focus


async def test_a_factor_of_ones_own_is_told_of(here: Folders) -> None:
    async with open_site(here, LINKS) as own:
        await own.sign_in(SERVICE)
        await own.confirm_factor(FactorKind.APP, totp((await own.begin_app()).secret))
        assert [notice.factor for notice in (await own.notices()).notices] == [FactorKind.APP]


async def test_without_an_answer_nobody_is_held_up(here: Folders) -> None:
    connection = Connection(here, links=LINKS)
    await connection.connect()
    assert await unread(connection) == []
    await connection.close()
