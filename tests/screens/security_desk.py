"""What the tests of one's own security share: the sections of an admin, an app to prove, messages to read."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pyotp
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from tests.screens.desk import SERVICE, SignedIn
from tests.sites import PASSWORD
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import FactorKind, SignIn
from vestibule.remote.api import Api
from vestibule.screens.app_setup import AppSetup
from vestibule.screens.my_security import MySecurity
from vestibule.screens.reauthentication import Reauthentication
from vestibule.screens.recovery_shown import RecoveryShown
from vestibule.store import clock
from vestibule.two_factor_models import PolicyChange
from vestibule.widgets.rows import Heading

MOBILE = "079 123 45 67"
STEP = 30 * 10**9
"""Nanoseconds for which a code of an app is shown."""


class Desk(SignedIn):
    """The app on all sections, with somebody signed in by what ``welcome`` says, at My security."""

    def __init__(self, here: Folders, welcome: SignIn = SERVICE) -> None:
        super().__init__(here, welcome)
        self.here = here

    @asynccontextmanager
    async def running(self, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
        with early_in_a_step():
            async with self.app.run_test(size=size) as pilot:
                await until(lambda: self.connection.client is not None)
                await until(lambda: self.app.current_mode != "entrance")
                yield pilot
            await self.connection.close()

    @asynccontextmanager
    async def at_my_security(self, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
        async with self.running(size) as pilot:
            await pilot.press("6")
            await self.loaded()
            yield pilot

    async def loaded(self) -> None:
        await self.on(MySecurity)
        await until(lambda: "p" in self.keys and self.heading != "Two-factor login")

    async def on(self, kind: type[Screen[Any]]) -> None:
        await until(lambda: isinstance(self.app.screen, kind) and self.app.screen.is_mounted)

    @property
    def heading(self) -> str:
        return self.app.screen.query_one("#state", Heading).words

    @property
    def facts(self) -> str:
        return " ".join(self.shown("#facts").split())

    @property
    def words(self) -> str:
        """Everything in sight."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    def objection(self, field: str) -> str:
        return self.field(field).objection

    # --- what a person does -------------------------------------------------------------------

    async def secret(self) -> str:
        """The secret that is shown, off the screen."""
        await self.on(AppSetup)
        await until(lambda: self.shown("#secret") != "")
        return "".join(str(self.app.screen.query_one("#secret", Static).content).split())

    async def keep_recovery_code(self, pilot: Pilot[None]) -> str:
        await self.on(RecoveryShown)
        code = "".join(re.findall(r"[0-9A-Z](?= |$)", self.shown("#code"), re.MULTILINE))
        self.field("last").input.focus()
        await pilot.press(*code[-4:], "enter")
        await until(lambda: not isinstance(self.app.screen, RecoveryShown))
        return code

    async def have_app(self) -> tuple[str, str]:
        """As if an app had been set up before; its secret and the recovery code."""
        api = self.connection.api
        secret = (await api.begin_app()).secret
        added = await api.confirm_factor(FactorKind.APP, totp(secret, -1))
        await self.connection.enter(added.session)
        await until(lambda: self.heading == "Two-factor login: on")
        return secret, added.recovery_code or ""

    async def have_sms(self) -> None:
        """The same for messages."""
        api = self.connection.api
        await api.begin_sms("CH", MOBILE)
        await until(lambda: last_code(self.here) != "")
        await self.connection.enter((await api.confirm_factor(FactorKind.SMS, last_code(self.here))).session)
        await until(lambda: "•••• 4567" in self.facts)

    async def type_password(self, pilot: Pilot[None]) -> None:
        await self.on(Reauthentication)
        self.field("password").value = PASSWORD
        await pilot.press("enter")

    async def set_app_up(self, pilot: Pilot[None]) -> str:
        """From the open dialog to the section; the secret."""
        secret = await self.secret()
        await pilot.press(*totp(secret, -1), "enter")
        await self.keep_recovery_code(pilot)
        return secret


@contextmanager
def early_in_a_step() -> Iterator[None]:
    """The server's clock goes forward to the beginning of a step, so that no test reaches into the next."""
    ahead = STEP - time.time_ns() % STEP
    with patch.object(clock, "time", SimpleNamespace(time_ns=lambda: time.time_ns() + ahead)):
        yield


def totp(secret: str, steps: int = 0) -> str:
    """The code of an authenticator app, so many steps from now."""
    return pyotp.TOTP(secret).at(clock.wall_time() // clock.SECOND + 30 * steps)


async def allow_sms(console: Api) -> None:
    """Switch SMS on; :func:`set_gateway_up` comes before the first server is opened."""
    await console.change_policy(PolicyChange(sms_enabled=True))


def set_gateway_up(here: Folders) -> None:
    """Messages go into a file beside the configuration."""
    here.config.mkdir(parents=True, exist_ok=True)
    config = here.config / "config.toml"
    config.write_text('[sms]\nkind = "file"\npath = "sms.jsonl"\ncountry = "CH"\n')
    config.chmod(0o600)


def last_code(here: Folders) -> str:
    """The code in the newest message that has one; empty when there is none, or not any more."""
    messages = here.config / "sms.jsonl"
    lines = messages.read_text().splitlines() if messages.exists() else []
    found = [re.search(r"\b\d{6}\b", json.loads(line)["text"]) for line in lines]
    return next((code[0] for code in reversed(found) if code is not None), "")
