"""A session that must set a second factor up first, against the real server in this process."""

from __future__ import annotations

from tests.screens.desk import LINKS
from tests.screens.security_desk import MOBILE, Desk, allow_sms, last_code, set_gateway_up
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import ClientNew, Kind, SignIn, Strength
from vestibule.remote.api import Api
from vestibule.remote.embedded import open_site
from vestibule.screens.clients import Clients
from vestibule.screens.enrolment import Enrolment
from vestibule.screens.home import Home
from vestibule.screens.login import Login
from vestibule.screens.sms_setup import SmsSetup
from vestibule.two_factor_models import PolicyChange


async def test_first_the_factor_then_the_sections(here: Folders, console: Api) -> None:
    await console.change_policy(PolicyChange(totp_enabled=True, internal=True))
    desk = Desk(here)
    async with desk.running() as pilot:
        await desk.on(Enrolment)
        assert "This site asks for two factors" in desk.words
        assert "SMS" not in desk.words  # this site sends none
        await pilot.press("1", "6", "f4")
        assert isinstance(desk.app.screen, Enrolment)
        await pilot.press("enter")
        await desk.set_app_up(pilot)
        await desk.on(Clients)
        assert desk.connection.strength is Strength.TWO_FACTOR
        assert (desk.app.current_mode, "enrolment" in desk.app._modes) == ("clients", False)
        added = await console.add_client(ClientNew(name="Anna"))
        await until(lambda: added.label in desk.words)  # changes are listened for
        await pilot.press("6")
        await desk.loaded()
        assert "Asked for by the site, of all its staff" in desk.facts


async def test_a_guest_with_a_code_only_enrols_by_message(here: Folders) -> None:
    set_gateway_up(here)
    async with open_site(here, LINKS, as_console=True) as console:
        await allow_sms(console)
        await console.change_policy(PolicyChange(totp_enabled=True, external=True))
        added = await console.add_client(ClientNew(name="Guest", kind=Kind.EXTERNAL))
    assert added.code is not None
    desk = Desk(here, SignIn(mode="otp", code=added.code.code, name="Guest", device="pc"))
    async with desk.running((40, 24)) as pilot:
        await desk.on(Enrolment)
        await until(lambda: desk.app.screen.query_one("#sms").display)
        for place in ("#app", "#sms-note", "#sign-out"):
            region = desk.app.screen.query_one(place).region
            assert region.height >= 1, place
            assert desk.app.screen.region.contains_region(region), place
        await pilot.press("down", "enter")
        await desk.on(SmsSetup)
        desk.field("number").value = MOBILE
        await pilot.press("enter")
        await until(lambda: desk.shown("#delivery").startswith("Sent to"))
        await pilot.press(*last_code(here), "enter")
        await desk.keep_recovery_code(pilot)
        await desk.on(Home)


async def test_one_can_leave(here: Folders, console: Api) -> None:
    await console.change_policy(PolicyChange(totp_enabled=True, internal=True))
    desk = Desk(here)
    async with desk.running() as pilot:
        await desk.on(Enrolment)
        await pilot.press("ctrl+o")
        await desk.on(Login)
        assert desk.connection.strength is None
