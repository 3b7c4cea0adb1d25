"""The way to every screen that is drawn, as a person goes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import pyotp
from textual.pilot import Pilot
from time_machine import Traveller

from tests.screenshots.drawing import FOLDER, at_every_size, at_rest, until
from tests.screenshots.site import LINKS, add_past_and_edits, add_two_factors, guest
from tests.screenshots.steady import PROFILE, seed
from vestibule.app import VestibuleApp
from vestibule.config import Folders
from vestibule.kiosk.app import KioskApp
from vestibule.kiosk.connection import KioskConnection
from vestibule.kiosk.home import KioskHome
from vestibule.models import SignIn
from vestibule.remote.connection import Connection
from vestibule.remote.embedded import DEMO_PASSWORD
from vestibule.screens.second_window import SecondWindow
from vestibule.screens.section import Section
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.sms_delivery import SmsDelivery

ROOMY, USUAL = (100, 30), (80, 24)
SERVICE = SignIn(mode="password", username="service", password=DEMO_PASSWORD)
_apps = count()
"""Each with a seed of its own: an id is not given twice."""
ONE_CODE = 31
"""Seconds after which the same person may be sent or may type another code."""


async def draw_all(here: Folders, clock: Traveller) -> None:
    """Every picture, each app for as long as it is needed."""
    app = await add_two_factors(here)
    await _login(here)
    await _clients(here)
    await _second_factors(here, app, clock)
    await add_past_and_edits(here)
    await _system(here)
    await _kiosk(here)
    await _home(here)


@asynccontextmanager
async def _running(
    here: Folders, who: SignIn | None = None, size: tuple[int, int] = ROOMY
) -> AsyncIterator[Pilot[None]]:
    seed(f"app {next(_apps)}")
    connection = Connection(here, links=LINKS, welcome=who)
    async with VestibuleApp(connection, PROFILE).run_test(size=size) as pilot:
        await until(pilot, lambda: connection.connected)
        if who is not None:
            await until(pilot, lambda: isinstance(pilot.app.screen, Section))
            await at_rest(pilot)
        yield pilot
    await connection.close()


async def _shown(pilot: Pilot[None], name: str) -> None:
    """A picture for the README, at the size the app has."""
    (FOLDER / f"{name}.svg").write_text(await at_rest(pilot))


async def _after(pilot: Pilot[None], *keys: str) -> None:
    """Press, and wait until all that it brings is there."""
    await pilot.press(*keys)
    await at_rest(pilot)


# --- signing in -------------------------------------------------------------------------------


async def _login(here: Folders) -> None:
    async with _running(here) as pilot:
        await at_every_size(pilot, "login")
        await pilot.press(*"anna.rossi", "enter", *"a few good words")
        await _shown(pilot, "login-password")
        await pilot.press("ctrl+t", *"7kqm4xpt9d2h", "enter", *"Anna Rossi")
        await _shown(pilot, "login-otp")
        await at_every_size(pilot, "login-otp")


async def _second_factors(here: Folders, app: pyotp.TOTP, clock: Traveller) -> None:
    async with _running(here, size=USUAL) as pilot:
        await _to_the_second_window(pilot)
        await at_every_size(pilot, "second-window")
        await pilot.press(*app.now(), "enter")
        await until(pilot, lambda: bool(pilot.app.screen.query(ClientList)))
        await _after(pilot, "6")
        await _shown(pilot, "my-security")
        await at_every_size(pilot, "my-security")
    clock.shift(ONE_CODE)
    async with _running(here, size=USUAL) as pilot:
        await _to_the_second_window(pilot)
        await pilot.press("down", *"123 456")
        delivery = pilot.app.screen.query_one(SmsDelivery)
        await until(pilot, lambda: delivery.sent and delivery.wait == 27)
        await _shown(pilot, "second-window")
    async with _running(here, SERVICE, USUAL) as pilot:
        for key in ("6", "e", "enter"):
            await _after(pilot, key)
        await _shown(pilot, "app-setup")


async def _to_the_second_window(pilot: Pilot[None]) -> None:
    await pilot.press(*"anna.rossi", "enter", *DEMO_PASSWORD, "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, SecondWindow))


# --- what an admin sees -----------------------------------------------------------------------


async def _clients(here: Folders) -> None:
    async with _running(here, SERVICE) as pilot:
        await _choose_a_client(pilot)
        await _shown(pilot, "clients")
        await at_every_size(pilot, "clients")
        await pilot.press("e")
        await _shown(pilot, "client-editor")
        await at_every_size(pilot, "client-editor")
    async with _running(here, SERVICE, USUAL) as pilot:
        await _choose_a_client(pilot)
        await pilot.press("v")
        await _shown(pilot, "code")


async def _choose_a_client(pilot: Pilot[None]) -> None:
    clients = pilot.app.screen.query_one(ClientList)
    await until(pilot, lambda: clients.selected is not None)
    await _after(pilot, "down")


async def _system(here: Folders) -> None:
    async with _running(here, SERVICE) as pilot:
        await _after(pilot, "2")
        await _shown(pilot, "system")
        await at_every_size(pilot, "system")
        await _after(pilot, "u")
        await _shown(pilot, "system-upload")
        await at_every_size(pilot, "upload")
        await _after(pilot, "escape")
        await _after(pilot, "v")
        await _shown(pilot, "versions")
        await _after(pilot, "escape")
        await _after(pilot, "3")
        await _shown(pilot, "licences")
        await at_every_size(pilot, "licences")
        await _after(pilot, "4")
        await _shown(pilot, "two-factor")
        await at_every_size(pilot, "two-factor")
        await _after(pilot, "5")
        await _shown(pilot, "activity")
        await at_every_size(pilot, "activity")


# --- what a guest sees ------------------------------------------------------------------------


async def _kiosk(here: Folders) -> None:
    who = await guest(here)
    connection = KioskConnection(here, links=LINKS)
    async with KioskApp(connection, PROFILE, idle=3600).run_test(size=USUAL) as pilot:
        await until(pilot, lambda: connection.connected)
        await pilot.press(*"7kqm")
        await at_every_size(pilot, "kiosk-entrance")
        await pilot.press(*4 * ["backspace"], *(who.code or ""), "tab", *(who.name or ""), "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, KioskHome))
        await at_every_size(pilot, "kiosk-home")
    await connection.close()


async def _home(here: Folders) -> None:
    """From here on this machine is remembered as the guest's."""
    async with _running(here, await guest(here), USUAL) as pilot:
        await _shown(pilot, "home")
