"""Draws the pictures of the README from the demo site: ``.venv/bin/python -m tests.screenshots``.

They are real screens of the real program; a font is not embedded, so that they stay small and load nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
import time
from collections.abc import Awaitable, Callable
from html import unescape
from pathlib import Path
from typing import TypeAlias

from vestibule import terminal

PROFILE = terminal.prepare({"TERM": "xterm-256color", "COLORTERM": "truecolor"})
os.environ |= {"TEXTUAL_THEME": "textual-dark", "TEXTUAL_ANIMATIONS": "none"}

import pyotp  # noqa: E402
from rich.cells import cell_len  # noqa: E402
from textual.pilot import Pilot  # noqa: E402 - reads the environment

from vestibule.app import VestibuleApp  # noqa: E402
from vestibule.config import Folders  # noqa: E402
from vestibule.models import ClientFields, FactorKind, LicenceNew, SignIn, SystemChange  # noqa: E402
from vestibule.remote.api import Api  # noqa: E402
from vestibule.remote.connection import Connection  # noqa: E402
from vestibule.remote.embedded import DEMO_PASSWORD, create_demo, open_site  # noqa: E402
from vestibule.remote.sites import HERE  # noqa: E402
from vestibule.remote.staging import Staging  # noqa: E402
from vestibule.screens.second_window import SecondWindow  # noqa: E402
from vestibule.two_factor_models import Delivery, PolicyChange  # noqa: E402
from vestibule.widgets.client_list import ClientList  # noqa: E402
from vestibule.widgets.sms_delivery import SmsDelivery  # noqa: E402

FOLDER = Path(__file__).parent.parent / "screenshots"
LINKS = "https://lindenhof.example:7550"
SIZE = (100, 30)
CELL = 12.2
"""Width of a cell in Textual's pictures, in their units."""
_TEXT = re.compile(
    r'(<text class="[^"]*-r[0-9]+" x=")([0-9.]+)(" [^>]*textLength=")[0-9.]+("[^>]*>)([^<]*)</text>'
)
Steps: TypeAlias = Callable[["Pilot[None]"], Awaitable[None]]


def main() -> None:
    """Draw all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        here = Folders(root / "config", root / "state", root / "cache")
        create_demo(here)
        asyncio.run(_draw_all(here))


async def _draw_all(here: Folders) -> None:
    service = SignIn(mode="password", username="service", password=DEMO_PASSWORD)
    app = await _two_factors(here)
    sent = time.monotonic()
    await _draw(here, None, {"login-password": _typed, "login-otp": _otp})
    await _draw(here, service, {"clients": _on_clients, "client-editor": _editor})
    await _draw(here, service, {"code": _code}, size=(80, 24))
    await _draw(here, service, {"app-setup": _set_up_app}, size=(80, 24))
    await _draw(here, None, {"my-security": _through_the_second_window(app)}, size=(80, 24))
    await asyncio.sleep(max(0, sent + 31 - time.monotonic()))  # one code in half a minute
    await _draw(here, None, {"second-window": _by_sms}, size=(80, 24))
    # From here on this machine is remembered as the guest's.
    await _draw(here, await _guest(here), {"home": _nothing}, size=(80, 24))
    await _past_and_edits(here)
    system = {"system": _keys("2"), "system-upload": _keys("u"), "versions": _keys("escape", "v")}
    await _draw(here, service, system | {"licences": _keys("escape", "3"), "two-factor": _keys("4")})


async def _draw(
    here: Folders, who: SignIn | None, pictures: dict[str, Steps], size: tuple[int, int] = SIZE
) -> None:
    connection = Connection(here, links=LINKS, welcome=who)
    app = VestibuleApp(connection, PROFILE)
    async with app.run_test(size=size) as pilot:
        await _until(pilot, lambda: connection.client is not None or (who is None and connection.connected))
        await pilot.pause(0.5)
        for name, steps in pictures.items():
            await steps(pilot)
            await pilot.pause(0.3)
            picture = app.export_screenshot(title="Vestibule", simplify=True)
            (FOLDER / f"{name}.svg").write_text(_portable(picture))
    await connection.close()


def _portable(picture: str) -> str:
    """Without fonts from a foreign server, and with every word at its own place.

    Viewers differ in what they do with spaces and with ``textLength``; a word that says where it
    stands is in its cells everywhere.
    """
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    return _TEXT.sub(_words, picture)


def _words(text: re.Match[str]) -> str:
    before, left, between, after, content = text.groups()
    content = content.replace("&#160;", "\xa0")
    parts = []
    for word in re.finditer(r"[^\xa0]+(?:\xa0[^\xa0]+)*", content):
        x = float(left) + CELL * cell_len(unescape(content[: word.start()]))
        length = CELL * cell_len(unescape(word[0]))
        parts.append(f"{before}{x:.1f}{between}{length:.1f}{after}{word[0]}</text>")
    return "\n".join(parts)


async def _until(pilot: Pilot[None], met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline, "the screen to draw did not come"
        await pilot.pause(0.02)


async def _guest(here: Folders) -> SignIn:
    """The welcome of a guest with a fresh code."""
    async with open_site(here, LINKS, as_console=True) as api:
        guest = (await api.clients(filter_text="Claire")).clients[0]
        await api.edit_client(guest.id, ClientFields(valid_from=None))
        code = await api.issue_code(guest.id)
    return SignIn(mode="otp", code=code.code, name=guest.name, device="meeting-room-2")


async def _past_and_edits(here: Folders) -> None:
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


async def _two_factors(here: Folders) -> pyotp.TOTP:
    """Anna has both factors, guests are asked for one, and a message was sent; her app."""
    here.config.mkdir(mode=0o700, exist_ok=True)
    messages = here.config / "messages"
    (here.config / "config.toml").write_text(f'[sms]\nkind = "file"\npath = "{messages}"\n')
    async with open_site(here, LINKS, as_console=True) as console:
        await console.change_policy(PolicyChange(totp_enabled=True, external=True, sms_enabled=True))
        await console.send_test_sms("+41 79 555 01 44")
        async with open_site(here, LINKS) as anna:
            await anna.sign_in(SignIn(mode="password", username="anna.rossi", password=DEMO_PASSWORD))
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


def _through_the_second_window(app: pyotp.TOTP) -> Steps:
    async def steps(pilot: Pilot[None]) -> None:
        await _to_the_second_window(pilot)
        await pilot.press(*app.now(), "enter")
        await _until(pilot, lambda: bool(pilot.app.screen.query(ClientList)))
        await pilot.press("6")
        await pilot.pause(0.7)

    return steps


async def _to_the_second_window(pilot: Pilot[None]) -> None:
    await pilot.press(*"anna.rossi", "enter", *DEMO_PASSWORD, "enter")
    await _until(pilot, lambda: isinstance(pilot.app.screen, SecondWindow))


async def _by_sms(pilot: Pilot[None]) -> None:
    await _to_the_second_window(pilot)
    await pilot.press("down")
    await _until(pilot, lambda: pilot.app.screen.query_one(SmsDelivery).sent)
    await pilot.pause(1.5)
    await pilot.press(*"123 456")


async def _set_up_app(pilot: Pilot[None]) -> None:
    await pilot.press("6")
    await pilot.pause(0.7)
    await pilot.press("e")
    await pilot.pause(0.7)
    await pilot.press("enter")
    await pilot.pause(1)


def _keys(*keys: str) -> Steps:
    async def press(pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await pilot.pause(0.7)

    return press


async def _nothing(_pilot: Pilot[None]) -> None:
    """The screen as it opens."""


async def _typed(pilot: Pilot[None]) -> None:
    await pilot.press(*"anna.rossi", "enter", *"a few good words")


async def _otp(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+t", *"7kqm4xpt9d2h", "enter", *"Anna Rossi")


async def _on_clients(pilot: Pilot[None]) -> None:
    clients = pilot.app.screen.query_one(ClientList)
    await _until(pilot, lambda: clients.selected is not None)
    await pilot.press("down")


async def _editor(pilot: Pilot[None]) -> None:
    await pilot.press("e")


async def _code(pilot: Pilot[None]) -> None:
    await _on_clients(pilot)
    await pilot.press("v")


if __name__ == "__main__":
    main()
