"""Setting codes by text message up, against the real server in this process; its gateway is a file."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.screens.desk import LINKS
from tests.screens.security_desk import MOBILE, Desk, allow_sms, last_code, set_gateway_up
from tests.waiting import until
from vestibule.access import sms_codes
from vestibule.config import Folders
from vestibule.models import FactorKind
from vestibule.remote.embedded import open_site
from vestibule.render.when import zone
from vestibule.screens.factor_choice import FactorChoice
from vestibule.screens.my_security import MySecurity
from vestibule.screens.sms_setup import SmsSetup
from vestibule.widgets.country_list import CountryList


@pytest.fixture
async def here(here: Folders) -> Folders:
    set_gateway_up(here)
    async with open_site(here, LINKS, as_console=True) as console:
        await allow_sms(console)
    return here


async def open_dialog(desk: Desk, pilot: Pilot[None]) -> SmsSetup:
    await pilot.press("e")
    await desk.on(FactorChoice)
    assert "The weaker way" in " ".join(desk.words.split())
    await pilot.press("down", "enter")
    await desk.on(SmsSetup)
    assert isinstance(desk.app.screen, SmsSetup)
    return desk.app.screen


async def send(desk: Desk, pilot: Pilot[None], number: str = MOBILE) -> None:
    desk.field("number").value = number
    await pilot.press("enter")
    await until(lambda: desk.field("code").input.has_focus)


async def test_number_then_code(here: Folders) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        dialog = await open_dialog(desk, pilot)
        assert dialog.query_one(CountryList).value == "CH"
        assert desk.field("number").input.has_focus
        await pilot.press("enter")
        assert desk.objection("number") == "! Type the number of your mobile phone."
        await pilot.press(*"044 668 18 00", "enter")
        await until(lambda: desk.objection("number").startswith("! This is a landline"))
        assert desk.field("number").value == "044 668 18 00"
        await send(desk, pilot)
        assert "•••• 4567. Another one in 0:" in desk.shown("#delivery")
        assert "F5" not in desk.keys
        await pilot.press("f5")
        await until(lambda: desk.shown("#delivery").startswith("Sent to"))
        code = last_code(here)
        wrong = f"{(int(code) + 1) % 10**6:06}"
        await pilot.press(*wrong, "enter")
        await until(lambda: desk.objection("code") != "")
        assert desk.field("code").value == wrong
        desk.field("code").value = f"{code[:3]} {code[3:]}"
        await pilot.press("enter")
        await desk.keep_recovery_code(pilot)
        await desk.loaded()
        assert "SMS •••• 4567, since " in desk.facts
        assert desk.said.startswith("Codes by SMS are set up.")
        factors = (await desk.connection.api.two_factor()).factors
        assert [factor.kind for factor in factors] == [FactorKind.SMS]


async def test_esc_goes_one_step_back_and_nothing_typed_is_lost(here: Folders) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        dialog = await open_dialog(desk, pilot)
        await pilot.press("shift+tab", *"austria", "enter")
        assert dialog.query_one(CountryList).value == "AT"
        assert desk.field("number").input.has_focus
        await send(desk, pilot, "0664 1234567")
        await pilot.press(*"12", "escape")
        assert desk.field("number").input.has_focus
        assert (desk.field("number").value, desk.field("code").value) == ("0664 1234567", "")
        await pilot.press("enter")  # too soon
        await until(lambda: desk.said.startswith("A message has just been sent."))
        assert desk.field("number").input.has_focus
        await pilot.press("escape")
        await desk.on(MySecurity)
        assert (await desk.connection.api.two_factor()).factors == []


async def test_another_one_after_a_while(here: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms_codes, "PAUSE", 1500)
    desk = Desk(here)
    async with desk.at_my_security((40, 24)) as pilot:
        await open_dialog(desk, pilot)
        await send(desk, pilot)
        await until(lambda: desk.shown("#delivery").startswith("Sent to"))
        first = last_code(here)
        await until(lambda: "F5" in desk.keys)
        assert desk.shown("#delivery") == "Sent to •••• 4567."
        await pilot.press("f5")
        await until(lambda: last_code(here) not in ("", first))
        await until(lambda: "Another one in" in desk.shown("#delivery"))
        desk.field("code").value = first
        await pilot.press("enter")
        await until(lambda: desk.objection("code") != "")
        for button in ("#other", "#again", "#go"):
            place = desk.app.screen.query_one(button)
            assert desk.app.screen.region.contains_region(place.region), button


async def test_a_gateway_that_fails_says_why(here: Folders) -> None:
    messages = here.config / "sms.jsonl"
    messages.touch()
    messages.chmod(0o644)
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        await open_dialog(desk, pilot)
        await send(desk, pilot)
        await until(lambda: desk.shown("#delivery").startswith("! Not sent to •••• 4567: "))
        assert "the file cannot be written" in desk.shown("#delivery")


async def test_without_a_country_it_is_asked_for(here: Folders) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        dialog = SmsSetup(desk.connection, zone("UTC"), "", plain=True)
        desk.app.push_screen(dialog)
        await desk.on(SmsSetup)
        assert dialog.query_one(CountryList).input.has_focus
        await pilot.press("tab", *"079", "enter")
        assert desk.said.startswith("Choose the country first")
        await pilot.press(*"switz", "enter")
        assert dialog.query_one(CountryList).value == "CH"
        assert (desk.said, desk.field("number").input.has_focus) == ("", True)
