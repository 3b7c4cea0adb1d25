"""My security against the real server in this process: what is told, and what is switched off."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from tests.screens.desk import LINKS, OWN_PASSWORD, SERVICE, an_admin
from tests.screens.security_desk import (
    Desk,
    allow_sms,
    last_code,
    set_gateway_up,
    totp,
)
from tests.sites import PASSWORD
from tests.waiting import until
from vestibule.access import sms_codes
from vestibule.config import Folders
from vestibule.models import ClientFields, ClientNew, SignIn
from vestibule.remote.api import Api
from vestibule.remote.embedded import open_site
from vestibule.screens.factor_removal import FactorRemoval
from vestibule.screens.my_security import MySecurity
from vestibule.screens.new_password import NewPassword
from vestibule.two_factor_models import PolicyChange
from vestibule.widgets.choice import Choice


@pytest.fixture
async def here(here: Folders, monkeypatch: pytest.MonkeyPatch) -> Folders:
    set_gateway_up(here)
    monkeypatch.setattr(sms_codes, "PAUSE", 0)
    return here


@pytest.fixture
async def console(here: Folders) -> AsyncIterator[Api]:
    async with open_site(here, LINKS, as_console=True) as opened:
        await allow_sms(opened)
        yield opened


async def set_both_up(desk: Desk) -> tuple[str, str]:
    """The secret of the app, and the recovery code."""
    made = await desk.have_app()
    await desk.have_sms()
    return made


async def open_removal(desk: Desk, pilot: Pilot[None], *keys: str) -> None:
    await pilot.press("d", *keys)
    await desk.on(FactorRemoval)


async def test_one_of_two_goes_and_then_the_other(here: Folders, console: Api) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        secret, recovery = await set_both_up(desk)
        assert desk.keys[:3] == ["s", "d", "r"]
        await open_removal(desk, pilot, "enter")
        assert "stays on with the other factor" in desk.shown(".sentence")
        await pilot.press("enter", "enter")
        assert desk.objection("password") == "! Type your password."
        await pilot.press(*"wrong", "enter", "enter")
        assert desk.objection("code") == "! Type the code too."
        await pilot.press(*totp(secret), "enter")
        await until(lambda: desk.objection("password") == "! This is not your password.")
        desk.field("password").value = PASSWORD
        await pilot.press("tab", "tab")
        desk.field("code").value = "12"
        await pilot.press("enter")
        await until(lambda: desk.objection("code").startswith("! This code has 6 digits"))
        desk.field("code").value = totp(secret, 1)
        await pilot.press("enter")
        await desk.on(MySecurity)
        assert desk.said == "The authenticator app is removed. Two-factor login stays on."
        await until(lambda: desk.facts.startswith("Authenticator app off SMS •••• 4567"))
        await open_removal(desk, pilot)
        assert "Your password alone opens the door then" in desk.shown(".sentence")
        desk.field("password").value = PASSWORD
        await pilot.press("tab", "right")
        assert desk.field("code").input.placeholder.startswith("XXXX-")
        await pilot.press("tab")
        desk.field("code").value = recovery.lower()
        await pilot.press("enter")
        await desk.on(MySecurity)
        assert desk.said == "Codes by SMS are switched off. Two-factor login is off."
        await until(lambda: desk.heading == "Two-factor login: off")
    async with open_site(here, LINKS) as other:
        await other.sign_in(SERVICE)
        await other.me()


async def test_a_code_by_message_is_sent_when_it_is_needed(here: Folders, console: Api) -> None:
    desk = Desk(here)
    async with desk.at_my_security((40, 24)) as pilot:
        await set_both_up(desk)
        setup = last_code(here)
        await open_removal(desk, pilot, "down", "enter")
        for place in ("#password", "#method", "#send", "#code", "#go"):
            region = desk.app.screen.query_one(place).region
            assert region.height >= 1, place
            assert desk.app.screen.region.contains_region(region), place
        desk.field("password").value = PASSWORD
        await pilot.press("enter")
        await until(lambda: last_code(here) not in ("", setup))
        await until(lambda: desk.field("code").input.has_focus)
        code = last_code(here)
        assert "•••• 4567" in desk.shown("#delivery")
        desk.app.screen.query_one("#method", Choice).focus()
        await pilot.press("left")  # to the app: that code is none of its
        assert not desk.app.screen.query_one("#by-sms").display
        await pilot.press("right")
        desk.field("code").value = code
        desk.field("code").input.focus()
        await pilot.press("enter")
        await desk.on(MySecurity)
        assert desk.said.startswith("Codes by SMS are switched off.")


async def test_what_the_site_asks_for_stays(here: Folders, console: Api) -> None:
    await console.change_policy(PolicyChange(sms_enabled=False))
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        await desk.have_app()
        client = desk.connection.client
        assert client is not None
        await console.change_policy(PolicyChange(totp_enabled=True, internal=True))
        await until(lambda: "Asked for by the site, of all its staff" in desk.facts)
        await console.edit_client(client.id, ClientFields(require_two_factors=True))
        await until(lambda: "Asked for by an admin, of you" in desk.facts)
        assert "e" not in desk.keys
        await pilot.press("d")
        assert isinstance(desk.app.screen, MySecurity)
        assert desk.said.startswith("This site asks for a second factor.")
        await console.change_policy(PolicyChange(totp_enabled=False))
        await until(lambda: "Asked for by nobody but you" in desk.facts)
        await open_removal(desk, pilot)
        await pilot.press("escape")
        await desk.on(MySecurity)


async def test_the_password_is_changed(here: Folders, console: Api) -> None:
    desk = Desk(here, await an_admin(here, console))
    new = "some other words for a door"
    async with desk.at_my_security() as pilot:
        assert "Password set" in desk.facts
        await pilot.press("p")
        await desk.on(NewPassword)
        await pilot.press("enter", "enter", "enter")
        assert desk.objection("current") == "! Type the password you have now."
        await pilot.press(*"wrong", "enter", *"short", "enter", *"shorter", "enter")
        assert desk.objection("again").startswith("! This is not the same.")
        desk.field("again").value = "short"
        await pilot.press("enter")
        await until(lambda: desk.objection("current") == "! This is not your password.")
        assert desk.field("new").value == "short"
        desk.field("current").value = OWN_PASSWORD
        await pilot.press("enter", "enter", "enter")
        await until(lambda: desk.objection("new").startswith("! Use at least 15 characters"))
        desk.field("new").value = desk.field("again").value = new
        await pilot.press("enter", "enter")
        await desk.on(MySecurity)
        assert desk.said.startswith("Your password is set.")
    async with open_site(here, LINKS) as other:
        await other.sign_in(SignIn(mode="password", username="admin", password=new))


async def test_the_first_password_needs_none_before(here: Folders, console: Api) -> None:
    added = await console.add_client(ClientNew(name="Guest"))
    assert added.code is not None
    desk = Desk(here, SignIn(mode="otp", code=added.code.code, name="Guest", device="pc"))
    async with desk.at_my_security() as pilot:
        assert "Password none yet" in desk.facts
        await pilot.press("p")
        await desk.on(NewPassword)
        await until(lambda: desk.field("new").input.has_focus)
        assert not desk.field("current").display
        desk.field("new").value = desk.field("again").value = OWN_PASSWORD
        await pilot.press("enter", "enter")
        await desk.on(MySecurity)
        await until(lambda: "Password set" in desk.facts)
