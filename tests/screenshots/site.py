"""What the demo site needs beyond its story, so that every screen has something to show."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pyotp

from tests.screenshots.steady import MACHINE
from vestibule.config import Folders
from vestibule.models import ClientFields, FactorKind, LicenceNew, SignIn, SystemChange
from vestibule.remote.api import Api
from vestibule.remote.embedded import DEMO_PASSWORD, open_site
from vestibule.remote.sites import HERE
from vestibule.remote.staging import Staging
from vestibule.two_factor_models import Delivery, PolicyChange

LINKS = "https://lindenhof.example:7550"


async def guest(here: Folders) -> SignIn:
    """The welcome of a guest with a fresh code, who is asked for nothing more."""
    async with open_site(here, LINKS, as_console=True) as api:
        await api.change_policy(PolicyChange(external=False))
        guest = (await api.clients(filter_text="Claire")).clients[0]
        await api.edit_client(guest.id, ClientFields(valid_from=None, language="en"))
        code = await api.issue_code(guest.id)
    return SignIn(mode="otp", code=code.code, name=guest.name, device="meeting-room-2")


async def add_past_and_edits(here: Folders) -> None:
    """Two versions more, licences, and edits that are not uploaded."""
    async with open_site(here, LINKS, as_console=True) as api:
        first = {"location": "Bern", "server_type": "Gateway 4", "serial_number": "TX-2019-0417"}
        await api.change_system(SystemChange(settings=first, note="Commissioning"), 1)
        second = {"latitude": 46.948, "longitude": 7.4474, "knx_address": "1.1.250"}
        await api.change_system(SystemChange(settings=second, note="After the survey"), 2)
        await api.add_licence(LicenceNew(code="LH-2026-7731", component="Clients", seats=10))
        await api.add_licence(LicenceNew(code="LH-2026-7732", component="Weather station", seats=0))
        current = await api.system()
    staging = Staging(here, HERE)
    for key, value in {"location": "Bern, east wing", "local_ip": "192.168.1.10", "cloud": True}.items():
        staging.stage(key, value, current)


async def add_two_factors(here: Folders) -> pyotp.TOTP:
    """Anna has both factors, guests are asked for one, and a message was sent; her app."""
    here.config.mkdir(mode=0o700, exist_ok=True)
    messages = here.config / "messages"
    # Nobody answers there: what this machine's kernel says of its clock would be another thing elsewhere.
    nowhere = '[time]\nsource = "127.0.0.1:9"\n'
    (here.config / "config.toml").write_text(f'{nowhere}[sms]\nkind = "file"\npath = "{messages}"\n')
    async with open_site(here, LINKS, as_console=True) as console:
        await console.change_policy(PolicyChange(totp_enabled=True, external=True, sms_enabled=True))
        await console.send_test_sms("+41 79 555 01 44")
        async with open_site(here, LINKS) as anna:
            welcome = SignIn(mode="password", username="anna.rossi", password=DEMO_PASSWORD, device=MACHINE)
            await anna.sign_in(welcome)
            app = pyotp.TOTP((await anna.begin_app()).secret)
            await anna.confirm_factor(FactorKind.APP, app.at(int(time.time()) - 30))
            await anna.begin_sms("CH", "079 555 44 12")
            await anna.confirm_factor(FactorKind.SMS, await _sent_code(anna, messages))
            await anna.seen_notices((await anna.notices()).notices[-1].id)
    return app


async def _sent_code(anna: Api, messages: Path) -> str:
    for _ in range(200):
        if (await anna.setup_code()).delivery is Delivery.SENT:
            return _code_in(messages)
        await asyncio.sleep(0.05)
    raise AssertionError("no code came")


def _code_in(messages: Path) -> str:
    return str(json.loads(messages.read_text().splitlines()[-1])["text"][:6])
