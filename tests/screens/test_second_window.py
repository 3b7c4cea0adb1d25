"""The second window of a login, against the real server in this process."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from tests.screens.desk import LINKS, PROFILE, SERVICE
from tests.screens.security_desk import set_gateway_up, totp
from tests.sites import PASSWORD, new_site
from tests.waiting import until
from vestibule.app import VestibuleApp
from vestibule.config import Folders, folders
from vestibule.models import ClientNew, FactorKind, Session, SignIn, Strength
from vestibule.remote.api import Api
from vestibule.remote.connection import Connection
from vestibule.remote.embedded import open_site
from vestibule.screens import second_window
from vestibule.screens.clients import Clients
from vestibule.screens.home import Home
from vestibule.screens.login import Login
from vestibule.screens.notices import NoticesShown
from vestibule.screens.recovery_shown import RecoveryShown
from vestibule.screens.second_window import SecondWindow
from vestibule.two_factor_models import Method, PolicyChange
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.sms_delivery import SmsDelivery
from vestibule.widgets.status_line import StatusLine
from vestibule.widgets.ways import Ways

WRONG = "! This code is not right. Check it, or use a newer one."


class Desk:
    """The app at its login dialog."""

    def __init__(self, here: Folders) -> None:
        self.connection = Connection(here, links=LINKS)
        self.app = VestibuleApp(self.connection, PROFILE)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Pilot[None]]:
        async with self.app.run_test(size=(80, 24)) as pilot:
            await until(lambda: self.connection.connected and self.connection.info is not None)
            yield pilot
        await self.connection.close()

    def field(self, id: str) -> Field:
        return self.app.screen.query_one(f"#{id}", Field)

    @property
    def said(self) -> str:
        return self.app.screen.query_one(StatusLine).sentence

    @property
    def keys(self) -> list[str]:
        return [key for key, _words in self.app.screen.query_one(KeyLine).keys]

    @property
    def way(self) -> Method:
        return self.app.screen.query_one(Ways).value

    async def on(self, kind: type[Any]) -> None:
        await until(lambda: isinstance(self.app.screen, kind))

    async def at_second_window(self, pilot: Pilot[None]) -> None:
        """By the service account's password."""
        self.field("username").value = "service"
        self.field("password").value = PASSWORD
        self.field("password").input.focus()
        await pilot.press("enter")
        await self.on(SecondWindow)

    async def objects(self, id: str, sentence: str) -> None:
        await until(lambda: self.field(id).objection.startswith(sentence))


@dataclass(frozen=True)
class Made:
    """A site whose service account has an authenticator app, and messages where these are switched on."""

    here: Folders
    secret: str
    recovery: str


@pytest.fixture(scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Made once, by the API, and copied for each test."""
    here = new_site(tmp_path_factory.mktemp("made"))
    set_gateway_up(here)
    async with open_site(here, LINKS, as_console=True) as console:
        await console.change_policy(PolicyChange(sms_enabled=True))
    async with open_site(here, LINKS) as own:
        await own.sign_in(SERVICE)
        secret, recovery = await set_app_up(own)
        await own.begin_sms("CH", "079 123 44 12")
        await until(lambda: len(codes(here)) == 1)
        await own.confirm_factor(FactorKind.SMS, codes(here)[-1])
        await read_notices(own)
    change(here, "DELETE FROM throttle")  # a while ago
    return Made(here, secret, recovery)


@pytest.fixture
def site(made: Made, tmp_path: Path) -> Made:
    here = folders({"VESTIBULE_HOME": str(tmp_path / "home")})
    for name in ("state", "config"):
        shutil.copytree(getattr(made.here, name), getattr(here, name))
    return replace(made, here=here)


@pytest.fixture
def app_site(site: Made) -> Made:
    """Without messages."""
    change(site.here, "UPDATE policy SET sms_enabled = 0")
    return site


async def set_app_up(own: Api) -> tuple[str, str]:
    """The secret and the recovery code of whoever ``own`` is signed in as."""
    secret = (await own.begin_app()).secret
    added = await own.confirm_factor(FactorKind.APP, totp(secret, -1))
    assert added.recovery_code is not None
    return secret, added.recovery_code


async def read_notices(own: Api) -> None:
    """These are shown after signing in, and not what is tried here."""
    await own.seen_notices((await own.notices()).notices[-1].id)


def change(here: Folders, statement: str) -> None:
    with closing(sqlite3.connect(here.database, timeout=5)) as database, database:
        database.execute(statement)


def codes(here: Folders) -> list[str]:
    """All codes that were sent, by the file that stands for a gateway."""
    messages = here.config / "sms.jsonl"
    return re.findall(r"\b\d{6}\b", messages.read_text()) if messages.exists() else []


async def test_a_wrong_code_is_typed_anew_and_the_right_one_signs_in(app_site: Made) -> None:
    desk = Desk(app_site.here)
    async with desk.running() as pilot:
        await desk.at_second_window(pilot)
        assert desk.keys == ["Enter", "↑↓", "Esc"]
        await pilot.press("enter")
        await desk.objects("code", "! Type the code.")
        await pilot.press(*"12345", "enter")
        await desk.objects("code", "! This code has 6 digits, like 123 456.")
        await pilot.press("6", "enter")
        await desk.objects("code", WRONG)
        assert desk.field("code").value == "123456"
        code = totp(app_site.secret)
        await pilot.press(*code[:3], " ", *code[3:])
        assert desk.field("code").value == f"{code[:3]} {code[3:]}"
        assert desk.field("code").objection == ""
        await pilot.press("enter")
        await desk.on(Clients)
        assert desk.connection.strength is Strength.TWO_FACTOR


async def test_all_typed_at_once_it_goes_where_it_belongs(app_site: Made) -> None:
    desk = Desk(app_site.here)
    async with desk.running():
        typed = ["service", "\t", PASSWORD, "\r", totp(app_site.secret), "\r"]
        names = {"\t": "tab", "\r": "enter", " ": "space"}
        for letter in "".join(typed):
            desk.app.post_message(events.Key(names.get(letter, letter), letter))
        await desk.on(Clients)


async def test_what_was_typed_ahead_and_is_no_code_is_not_shown(app_site: Made) -> None:
    desk = Desk(app_site.here)
    async with desk.running():
        for letter in ["service", "\t", PASSWORD, "\r", "staple7"]:
            for key in letter:
                name = {"\t": "tab", "\r": "enter", " ": "space"}.get(key, key)
                desk.app.post_message(events.Key(name, key))
        await desk.on(SecondWindow)
        assert desk.field("code").value == ""


async def test_escape_goes_back_to_the_login_without_the_password(app_site: Made) -> None:
    desk = Desk(app_site.here)
    async with desk.running() as pilot:
        await desk.at_second_window(pilot)
        await pilot.press("escape")
        await desk.on(Login)
        await pilot.pause()
        assert (desk.field("username").value, desk.field("password").value) == ("service", "")
        assert desk.field("password").input.has_focus
        assert desk.connection.client is None


async def test_a_login_that_took_too_long_goes_back_and_says_so(app_site: Made) -> None:
    desk = Desk(app_site.here)
    async with desk.running() as pilot:
        await desk.at_second_window(pilot)
        change(app_site.here, "UPDATE challenge SET expires_at = 1")
        await pilot.press(*"123456", "enter")
        await desk.on(Login)
        await desk.objects("password", "! This login took too long. Start again.")


async def test_after_five_wrong_codes_it_says_how_long_to_wait(app_site: Made) -> None:
    desk = Desk(app_site.here)
    async with desk.running() as pilot:
        await desk.at_second_window(pilot)
        for attempt in range(6):
            desk.field("code").value = f"00000{attempt}"
            await pilot.press("enter")
            await desk.objects("code", WRONG if attempt < 5 else "! Too many wrong attempts. Try again in ")
        assert desk.field("code").value == "000005"
        assert desk.field("code").input.selected_text == "000005"


async def test_the_recovery_code_is_replaced_before_the_door_opens(app_site: Made) -> None:
    desk = Desk(app_site.here)
    async with desk.running() as pilot:
        await desk.at_second_window(pilot)
        await pilot.press("down")
        assert desk.way is Method.RECOVERY
        desk.field("code").value = "0000-0000-0000-0000-0000-0000"
        await pilot.press("enter")
        await desk.objects("code", "! This is not the recovery code in force.")
        assert desk.field("code").input.selected_text == ""
        desk.field("code").value = app_site.recovery.lower().replace("-", " ")
        await pilot.press("enter")
        await desk.on(RecoveryShown)
        await pilot.press("escape", "enter")
        assert isinstance(desk.app.screen, RecoveryShown)
        await pilot.press("c", "enter")
        await desk.on(NoticesShown)
        assert desk.connection.strength is Strength.TWO_FACTOR


async def test_sms_sends_one_code_by_itself_and_another_when_asked(
    site: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_window, "SETTLED", 0.05)
    before = len(codes(site.here))
    desk = Desk(site.here)
    async with desk.running() as pilot:
        await desk.at_second_window(pilot)
        await pilot.press("down")
        assert desk.way is Method.SMS
        delivery = desk.app.screen.query_one(SmsDelivery)
        await until(lambda: str(delivery.render()).startswith("Sent to •••• 4412. Another one in 0:"))
        assert len(codes(site.here)) == before + 1
        first = codes(site.here)[-1]
        await pilot.press("f5", "up", "down", "f5")
        await pilot.pause(0.1)
        assert len(codes(site.here)) == before + 1
        assert "F5" not in desk.keys
        change(site.here, "DELETE FROM throttle")
        delivery._free_at = 0.0  # half a minute later
        delivery._tick()
        await until(lambda: "F5" in desk.keys)
        await pilot.press("f5")
        await until(lambda: len(codes(site.here)) == before + 2)
        await pilot.press(*first, "enter")
        await desk.objects("code", WRONG)
        await pilot.press(*codes(site.here)[-1], "enter")
        await desk.on(Clients)


async def test_moving_past_sms_sends_nothing(site: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_window, "SETTLED", 1.0)
    before = len(codes(site.here))
    desk = Desk(site.here)
    async with desk.running() as pilot:
        await desk.at_second_window(pilot)
        await pilot.press("down", "down")
        assert desk.way is Method.RECOVERY
        await pilot.pause(1.1)
        assert len(codes(site.here)) == before


async def test_the_code_of_a_second_login_follows_by_itself(
    site: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_window, "SETTLED", 0.05)
    change(site.here, "UPDATE client SET factors = 2 WHERE service")
    change(site.here, "DELETE FROM factor WHERE kind = 'app'")
    change(site.here, "DELETE FROM recovery")
    desk = Desk(site.here)
    async with desk.running() as pilot:
        await desk.at_second_window(pilot)
        assert not desk.app.screen.query_one(Ways).can_focus
        assert str(desk.app.screen.query_one(Ways).render()) == "SMS to •••• 4412"
        assert desk.keys == ["Enter", "Esc"]
        await until(lambda: desk.app.screen.query_one(SmsDelivery).sent)
        await pilot.press("escape")
        await desk.on(Login)
        soon = "UPDATE throttle SET blocked_until = blocked_until - 28500 WHERE key LIKE 'sms:%'"
        change(site.here, soon)
        await desk.at_second_window(pilot)
        await until(lambda: desk.said.startswith("A code for something else was just sent."))
        assert "F5" not in desk.keys
        await until(lambda: desk.app.screen.query_one(SmsDelivery).sent)
        assert desk.said == ""


async def test_without_any_way_it_says_whom_to_ask(site: Made) -> None:
    change(site.here, "UPDATE client SET factors = 2 WHERE service")
    change(site.here, "DELETE FROM recovery")
    change(site.here, "UPDATE policy SET sms_enabled = 0")
    desk = Desk(site.here)
    async with desk.running() as pilot:
        desk.field("username").value = "service"
        desk.field("password").value = PASSWORD
        await pilot.press("tab", "enter")
        await desk.objects("password", "! None of your second factors can be used now.")


@pytest.mark.parametrize(("way", "stops"), [("app", True), ("recovery", False)])
async def test_escape_stops_waiting_but_not_for_the_next_recovery_code(
    app_site: Made, way: str, stops: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, go_on = Desk(app_site.here), asyncio.Event()
    answer = desk.connection.answer

    async def slow(*arguments: Any) -> Session:
        await go_on.wait()
        return await answer(*arguments)

    monkeypatch.setattr(desk.connection, "answer", slow)
    async with desk.running() as pilot:
        await desk.at_second_window(pilot)
        if way == "recovery":
            await pilot.press("down")
        code = totp(app_site.secret) if way == "app" else app_site.recovery
        desk.field("code").value = code
        await pilot.press("enter")
        await until(lambda: desk.said.startswith("Signing in…"))
        await pilot.press("escape")
        assert desk.field("code").value == code
        if stops:
            assert desk.said == "Stopped. Nothing you typed is lost."
        else:
            assert desk.said == "The answer must be waited for: it brings your next recovery code."
        go_on.set()
        if stops:
            await pilot.press("enter")
        await desk.on(Clients if stops else RecoveryShown)


async def a_guest(here: Folders, console: Api) -> tuple[str, str, str]:
    """Somebody with an app, on a device of another machine: id, secret, a fresh one-time code."""
    added = await console.add_client(ClientNew(name="Anna Rossi"))
    assert added.code is not None
    async with open_site(here, LINKS) as own:
        await own.sign_in(SignIn(mode="otp", code=added.code.code, name="Anna Rossi", device="pc"))
        secret, _recovery = await set_app_up(own)
        await read_notices(own)
    return added.id, secret, (await console.issue_code(added.id)).code


async def test_a_one_time_code_that_is_spent_leads_back_to_the_same_window(
    here: Folders, console: Api
) -> None:
    _id, secret, code = await a_guest(here, console)
    desk = Desk(here)
    async with desk.running() as pilot:
        await pilot.press("f2")
        desk.field("code").value, desk.field("name").value = code, "Anna"
        desk.field("device").input.focus()
        await pilot.press("enter")
        await desk.on(SecondWindow)
        await pilot.press("escape")
        await desk.on(Login)
        assert desk.field("code").value == code
        await pilot.press("enter")
        await desk.on(SecondWindow)
        await pilot.press(*totp(secret), "enter")
        await desk.on(Home)
        assert desk.connection.client is not None
        assert desk.connection.client.name == "Anna"


async def test_a_device_does_not_take_the_keys_of_who_is_typing(here: Folders, console: Api) -> None:
    _id, secret, code = await a_guest(here, console)
    on = "json_set(settings, '$.automatic_authentication', json('true'))"
    change(here, f"UPDATE project_version SET settings = {on}")
    first = Connection(here, links=LINKS)
    await first.connect()
    challenge = await first.sign_in(SignIn(mode="otp", code=code, name="Anna", device="pc"))
    assert not isinstance(challenge, Session)
    await first.answer(challenge, Method.APP, totp(secret))
    await first.close()
    desk = Desk(here)
    async with desk.app.run_test() as pilot:
        await pilot.press(*"an")
        await until(lambda: desk.said == "As this device you need a second factor too: press F3 for that.")
        await pilot.press("f3")
        await desk.on(SecondWindow)
        assert desk.field("code").value == ""
        await pilot.press(*totp(secret, 1), "enter")
        await desk.on(Home)
    await desk.connection.close()
