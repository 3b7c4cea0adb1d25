"""Setting an authenticator app up, against the real server in this process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import parse_qs, unquote, urlsplit

from tests.qr_reading import picture, read_both, run_cells
from tests.screens.desk import LINKS, SERVICE
from tests.screens.security_desk import Desk, totp
from tests.sites import SITE
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import FactorKind, Strength
from vestibule.remote.embedded import open_site
from vestibule.remote.errors import ApiProblem
from vestibule.render.qr import otpauth_matrix
from vestibule.screens.app_setup import AppSetup
from vestibule.screens.my_security import MySecurity
from vestibule.screens.reauthentication import Reauthentication
from vestibule.screens.recovery_shown import RecoveryShown
from vestibule.two_factor_models import Challenge, Method
from vestibule.widgets.qr_code import QrCode


def read_code(desk: Desk) -> str:
    """What a decoder reads off the cells of the QR code; the second one is not good at small quiet zones."""
    code = desk.app.screen.query_one(QrCode)
    rows = []
    for y in range(code.content_size.height):
        runs = []
        for words, style, _control in code.render_line(y):
            assert style is not None
            fg, bg = (
                None if colour is None or colour.is_default else colour.get_truecolor().hex
                for colour in (style.color, style.bgcolor)
            )
            runs.append((words, fg, bg, bool(style.reverse)))
        rows.append(run_cells(runs))
    first, second = read_both(picture(rows))
    assert first is not None
    assert second in (first, None)
    return first


def age_the_proof(here: Folders) -> None:
    with closing(sqlite3.connect(here.database, timeout=5)) as database, database:
        database.execute("UPDATE session SET fresh_until = 0")


async def accepts(here: Folders, code: str) -> bool:
    """Whether a login with this code of an app succeeds."""
    async with open_site(here, LINKS) as other:
        challenge = await other.sign_in(SERVICE)
        assert isinstance(challenge, Challenge)
        try:
            await other.answer(challenge.challenge, Method.APP, code)
        except ApiProblem:
            return False
        return True


async def test_from_off_to_on(here: Folders) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        assert desk.heading == "Two-factor login: off"
        await pilot.press("e")  # without messages there is nothing to choose
        secret = await desk.secret()
        uri = "".join(desk.shown("#uri").split())
        assert unquote(urlsplit(uri).path) == f"/{SITE}:service"
        assert parse_qs(urlsplit(uri).query) == {"secret": [secret], "issuer": [SITE]}
        assert read_code(desk) == uri
        await pilot.press(*"12345", "enter")
        await until(lambda: desk.objection("code").startswith("! This code has 6 digits"))
        assert desk.field("code").value == "12345"
        await pilot.press("backspace")
        assert desk.objection("code") == ""
        desk.field("code").value = totp(secret, -4)
        await pilot.press("enter")
        await until(lambda: "about 2 minutes old" in desk.objection("code"))
        desk.field("code").value = ""
        await pilot.press(*totp(secret)[:3], " ", *totp(secret)[3:], "enter")
        await desk.on(RecoveryShown)
        assert secret[:4] not in desk.words
        assert desk.connection.strength is Strength.TWO_FACTOR
        await pilot.press("escape")
        assert isinstance(desk.app.screen, RecoveryShown)
        await desk.keep_recovery_code(pilot)
        await desk.loaded()
        assert desk.heading == "Two-factor login: on"
        assert desk.facts.startswith("Authenticator app since ")
        assert "Recovery code since " in desk.facts
        assert desk.said == "The authenticator app is set up. Your other sessions have ended."
        assert desk.keys[:3] == ["s", "d", "r"]  # the new session is spoken as
        assert await accepts(here, totp(secret, 1))


async def test_the_old_app_works_until_the_new_one_is_proven(here: Folders) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        old, _recovery = await desk.have_app()
        await pilot.press("s")
        await desk.secret()
        assert "The old one works until" in desk.shown("#steps")
        await pilot.press("escape")
        await desk.on(MySecurity)
        assert await accepts(here, totp(old))
        await pilot.press("f7")
        new = await desk.secret()
        assert new != old
        await pilot.press(*totp(new), "enter")
        await desk.on(MySecurity)  # there is a recovery code already
        assert desk.said.startswith("The new authenticator app is in force.")
        assert not await accepts(here, totp(old, 1))
        assert await accepts(here, totp(new, 1))


async def test_a_fresh_proof_is_asked_for_first(here: Folders) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        age_the_proof(here)
        await pilot.press("e")
        await desk.on(Reauthentication)
        await pilot.press("escape")
        await desk.on(MySecurity)
        await pilot.press("e")
        await desk.on(Reauthentication)
        await desk.type_password(pilot)
        secret = await desk.secret()
        age_the_proof(here)
        await pilot.press(*totp(secret), "enter")
        await desk.on(Reauthentication)
        await desk.type_password(pilot)
        await desk.on(RecoveryShown)


async def test_all_fits(here: Folders) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        await pilot.press("e")
        secret = await desk.secret()
        screen = desk.app.screen
        code = screen.query_one(QrCode)
        for width, height in [(80, 24), (120, 40), (40, 24)]:
            await pilot.resize_terminal(width, height)
            assert code.display is (width >= 80)
            for place in ("#secret", "#uri", "#code", "#go"):
                region = screen.query_one(place).region
                assert region.height >= 1, place
                assert screen.region.contains_region(region), place
            assert code.matrix == otpauth_matrix("".join(desk.shown("#uri").split()))
            assert code.drawn is not None or not code.display
            await pilot.press("v")
            assert code.drawn is not None
            assert desk.keys[:2] == ["v", "Esc"]
            await pilot.press("enter")
            assert desk.field("code").input.has_focus
            assert screen.query_one("#secret").display
            assert desk.keys[:2] == ["Enter", "v"]
        await pilot.resize_terminal(36, 15)  # too small for the code: there is its text
        assert not screen.query_one("#uri").display
        await pilot.press("t")
        assert screen.query_one("#uri").display
        assert not desk.field("code").value
        await pilot.press("v")
        said = "".join(desk.words.split())
        assert "TheQRcodeneeds39columns×20rowshere" in said
        assert secret in said
        await pilot.press("escape", "escape")
        await desk.on(MySecurity)


async def test_what_is_hidden_is_not_on_the_screen(here: Folders) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        await pilot.press("e")
        secret = await desk.secret()
        await pilot.press("h")
        assert not desk.app.screen.query_one(QrCode).shown
        assert (desk.shown("#uri"), desk.shown("#secret")) == ("", "hidden; h shows it")
        await pilot.press("v", "s", "i", "1")
        assert desk.field("code").value == "vsi1"  # they are no keys now
        await pilot.press("h")
        assert await desk.secret() == secret
        style = desk.app.screen.query_one(QrCode).choice
        await pilot.press("s", "i")
        assert desk.app.screen.query_one(QrCode).choice is not style
        assert desk.app.screen.query_one(QrCode).inverted


async def test_when_its_time_is_over_the_secret_goes(here: Folders) -> None:
    desk = Desk(here)
    async with desk.at_my_security() as pilot:
        await pilot.press("e")
        first = await desk.secret()
        with closing(sqlite3.connect(here.database, timeout=5)) as database, database:
            database.execute("UPDATE factor_setup SET expires_at = 1")
        await pilot.press(*totp(first), "enter")
        await until(lambda: desk.said.startswith("This set-up has ended."))
        assert first[:4] not in desk.words
        assert not desk.app.screen.query_one(QrCode).shown
        assert desk.keys == ["Esc", "n"]
        await pilot.press("n")
        assert await desk.secret() != first
        screen = desk.app.screen
        assert isinstance(screen, AppSetup)
        screen._expired()  # as the timer does
        assert desk.keys == ["Esc", "n"]
        assert await _kinds(desk) == []


async def _kinds(desk: Desk) -> list[FactorKind]:
    return [factor.kind for factor in (await desk.connection.api.two_factor()).factors]
