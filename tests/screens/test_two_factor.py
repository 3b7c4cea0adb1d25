"""Two-factor, and the reset in Clients, against the real server in this process."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyotp
import pytest
from textual.widgets import Static

from tests.screens.desk import LINKS, OWN_PASSWORD, SERVICE, SignedIn, an_admin
from tests.waiting import until
from vestibule import __version__
from vestibule.config import Folders
from vestibule.models import Client, ClientFields, ClientNew, FactorKind, Kind, SignIn
from vestibule.remote.api import Api
from vestibule.remote.embedded import open_site
from vestibule.screens.clients import Clients
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.reauthentication import Reauthentication
from vestibule.screens.sections import SECTIONS
from vestibule.screens.sms_test import SmsTest
from vestibule.screens.two_factor import TwoFactor
from vestibule.two_factor_models import Delivery, PolicyChange
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.policy_rows import PolicyRows
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.rows import Heading, Rows
from vestibule.widgets.sms_list import SmsList

MOBILE = "+41 79 555 44 12"


class Outbox:
    """The file a gateway for trying out writes into."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.toml").write_text('[sms]\nkind = "file"\npath = "outbox.jsonl"\n')
        self._file = folder / "outbox.jsonl"

    @property
    def texts(self) -> list[str]:
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        return [json.loads(line)["text"] for line in lines]

    def break_it(self) -> None:
        """A file that others can read is not written."""
        self._file.chmod(0o644)


@pytest.fixture
def outbox(here: Folders) -> Outbox:
    """A gateway; ask for it before the site is opened."""
    return Outbox(here.config)


async def with_app(here: Folders, console: Api, **fields: Any) -> Client:
    """A client that has an authenticator app."""
    added = await console.add_client(ClientNew(**fields))
    assert added.code is not None
    async with open_site(here, LINKS) as own:
        await own.sign_in(SignIn(mode="otp", code=added.code.code, name=added.name, device="pc"))
        secret = (await own.begin_app()).secret
        await own.confirm_factor(FactorKind.APP, pyotp.TOTP(secret).now())
    return await console.client(added.id)


class Desk(SignedIn):
    """The app on one section, with somebody signed in by what ``welcome`` says."""

    def __init__(
        self,
        here: Folders,
        monkeypatch: pytest.MonkeyPatch,
        welcome: SignIn = SERVICE,
        first: str = "two_factor",
    ) -> None:
        super().__init__(here, welcome)
        entry = next(entry for entry in SECTIONS if entry.name == first)
        monkeypatch.setattr("vestibule.screens.sections.open_to", lambda _connection: (entry,))

    @property
    def screen(self) -> TwoFactor:
        assert isinstance(self.app.screen, TwoFactor)
        return self.app.screen

    @property
    def grid(self) -> PolicyRows:
        return self.screen.query_one(PolicyRows)

    @property
    def messages(self) -> SmsList:
        return self.screen.query_one(SmsList)

    @property
    def about(self) -> str:
        return self.shown("#about")

    def heading(self, part: str) -> str:
        return self.screen.query_one(f"#{part}-heading", Heading).words

    async def opened(self) -> None:
        def is_open() -> bool:
            grids = list(self.app.screen.query(PolicyRows))
            return bool(grids) and grids[0].selected is not None and self.screen.limits is not None

        await until(is_open)

    async def select(self, key: str) -> None:
        self.grid.focus()
        self.grid.cursor = [line.key for line in self.grid.items].index(key)
        await until(lambda: self.grid.selected_key == key)

    async def question(self) -> str:
        await until(lambda: isinstance(self.app.screen, Confirmation))
        return str(self.app.screen.query_one(".sentence", Static).render())

    async def agree(self) -> str:
        """Say yes to the question; what it was."""
        asked, dialog = await self.question(), self.app.screen
        dialog.query_one("#yes", PushButton).action_press()
        await until(lambda: self.app.screen is not dialog)
        return asked

    async def back(self) -> None:
        await until(lambda: not self.app.screen.is_modal)


def rows(widget: Rows[Any]) -> list[str]:
    lines = [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]
    return [line for line in lines if line]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 24)])
async def test_everything_is_in_sight(
    outbox: Outbox, here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    await console.send_test_sms(MOBILE)
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=size) as pilot:
        await desk.opened()
        await until(lambda: [item.delivery for item in desk.messages.items] == [Delivery.SENT])
        shown = rows(desk.grid)
        assert [line[3:].split("  ")[0] for line in (shown[0], shown[3])] == [
            "Enable TOTP 2FA",
            "SMS allowed",
        ]
        assert [line.split()[-1] for line in (shown[0], shown[3])] == ["off", "off"]
        assert shown[4] == " What it needs of the server"
        needs = ("Server version", "Clock", "Vault key", "SMS gateway")
        assert all(need in line for need, line in zip(needs, shown[5:9], strict=True))
        assert shown[9] == " Sessions end"
        ends = [line.split()[-2:] for line in shown[10:]]
        assert ends == [["60", "minutes"], ["no", "end"], ["12", "hours"]]
        assert f" ✓ {__version__}" in shown[5]
        assert " ✓ present and" in shown[7]
        assert " ✓ answers" in shown[8]
        assert " ✓ sent •••• 4412 test" in rows(desk.messages)[0]
        assert desk.heading("policy") == "Policy · nobody is asked now"
        assert desk.heading("sms") == "Text messages · gateway: file"
        assert desk.about.startswith("The site may ask for a second factor")
        assert desk.keys == ["Space", "t", "r", "Tab", *desk.keys[4:]]
        for widget in (desk.grid, desk.messages, desk.screen.query_one("#about")):
            assert desk.screen.region.contains_region(widget.region), widget
        await pilot.press("end", "up", "up", "up")
        assert desk.about.startswith("The gateway answers.")
        assert "Space" not in desk.keys
        await pilot.press("tab")
        assert desk.screen.focused is desk.messages
        assert "•••• 4412 · test · sent" in desk.about
        await pilot.press("space")
        assert desk.app.screen is desk.screen


async def test_turning_on_names_how_many_it_asks_and_you_among_them(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await console.add_client(ClientNew(name="Guest", kind=Kind.EXTERNAL, code_minutes=0))
    await console.add_client(ClientNew(name="Staff", kind=Kind.INTERNAL, code_minutes=0))
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await desk.select("external")
        await pilot.press("space")
        assert (await desk.question()).startswith("Nobody more is asked: Enable TOTP 2FA is off.")
        await desk.agree()
        await until(lambda: desk.said.startswith("External users are to be asked (Enable TOTP 2FA is off)"))
        await desk.select("totp_enabled")
        await pilot.press("enter")
        assert (await desk.question()).startswith("1 more client will be asked for a second factor. Who has")
        await pilot.press("escape")
        await desk.back()
        assert not (await console.policy()).totp_enabled
        await pilot.press("space")
        await desk.agree()
        await until(lambda: desk.said == "The site may ask for two factors; 1 client is asked now.")
        assert desk.heading("policy") == "Policy · 1 client is asked now"
        await desk.select("internal")
        assert desk.about.startswith("On: asks 2 clients more.")
        await pilot.press("space")
        assert "2 more clients will be asked for a second factor, you among them." in await desk.question()
        await pilot.press("escape")
        await desk.back()
        await desk.select("external")
        await pilot.press("space")  # asking fewer needs no question
        await until(lambda: desk.said == "External users are not to be asked; nobody is asked now.")
    policy = await console.policy()
    assert (policy.totp_enabled, policy.internal, policy.external) == (True, False, False)


async def test_a_fresh_proof_is_asked_for_and_others_changes_are_shown(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch, await an_admin(here, console))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await pilot.press("space")
        await desk.agree()
        await until(lambda: isinstance(desk.app.screen, Reauthentication))
        assert not (await console.policy()).totp_enabled
        desk.field("password").value = OWN_PASSWORD
        await pilot.press("enter")
        await until(lambda: not desk.app.screen.is_modal and rows(desk.grid)[0].endswith(" on"))
        await console.change_policy(PolicyChange(external=True))
        await until(lambda: rows(desk.grid)[2].endswith(" on"))
        await console.add_client(ClientNew(name="Guest", kind=Kind.EXTERNAL, code_minutes=0))
        await until(lambda: desk.heading("policy").endswith("1 client is asked now"))


async def test_sms_needs_a_gateway(here: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        assert "t" not in desk.keys
        assert desk.heading("sms") == "Text messages · gateway: none"
        assert "The server has no SMS gateway yet" in rows(desk.messages)[0]
        await desk.select("sms_enabled")
        await pilot.press("space", "t")
        assert desk.said.startswith("The server has no SMS gateway yet")
        assert desk.app.screen is desk.screen


async def test_sms_off_names_who_has_nothing_else(
    outbox: Outbox, here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await console.change_policy(PolicyChange(sms_enabled=True))
    added = await console.add_client(ClientNew(name="Anna"))
    assert added.code is not None
    async with open_site(here, LINKS) as own:
        await own.sign_in(SignIn(mode="otp", code=added.code.code, name="Anna", device="pc"))
        await own.begin_sms("CH", MOBILE)
        await until(lambda: bool(outbox.texts))
        await own.confirm_factor(FactorKind.SMS, re.findall("[0-9]{6}", outbox.texts[0])[0])
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await desk.select("sms_enabled")
        await pilot.press("space")
        assert (await desk.agree()).startswith("1 client has SMS as its only factor")
        await until(lambda: desk.said.startswith("No more codes by text message"))
    assert not (await console.policy()).sms_enabled


async def test_a_test_message_is_followed_until_it_is_sent_or_failed(
    outbox: Outbox, here: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SmsTest, "SECONDS", 0.05)
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await pilot.press("t")
        await until(lambda: isinstance(desk.app.screen, SmsTest))
        await pilot.press("enter")
        assert "Write the phone number with its country" in desk.field("number").objection
        desk.field("number").value = "079 555 44 12"
        await pilot.press("enter")
        await until(lambda: "Write the phone number with its country" in desk.field("number").objection)
        desk.field("number").value = MOBILE
        await pilot.press("enter")
        await until(lambda: desk.shown("#result") == "Sent to •••• 4412.")
        outbox.break_it()
        await pilot.press("enter")
        await until(lambda: desk.shown("#result").startswith("! Not sent to •••• 4412: the file"))
        await pilot.press("escape")
        await desk.back()
        await until(lambda: len(desk.messages.items) == 2)
        assert [item.delivery for item in desk.messages.items] == [Delivery.FAILED, Delivery.SENT]
        assert "the file cannot be written" in rows(desk.messages)[0]


async def test_a_message_on_its_way_is_asked_for_until_it_is_there(
    outbox: Outbox, here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TwoFactor, "SECONDS", 0.05)
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)):
        await desk.opened()
        assert rows(desk.messages)[0] == " No message yet. Press t to send one for trying out."
        await console.send_test_sms(MOBILE)
        await until(lambda: [item.delivery for item in desk.messages.items] == [Delivery.SENT])
        timer = desk.screen._timer
        assert timer is not None
        assert not timer._active.is_set()


async def test_an_admin_resets_a_client_in_clients(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await with_app(here, console, name="Anna [b]", kind=Kind.INTERNAL)
    plain = await console.add_client(ClientNew(name="Plain", code_minutes=0))
    desk = Desk(here, monkeypatch, await an_admin(here, console), "clients")
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await until(lambda: bool(desk.app.screen.query(ClientList)))
        clients = desk.app.screen.query_one(ClientList)

        async def select(client: Client) -> None:
            clients.select_id(client.id)
            await until(lambda: clients.selected is not None and clients.selected.id == client.id)

        await select(plain)
        await until(lambda: "Del" in desk.keys and "z" not in desk.keys)
        await select(anna)
        assert any("staff · 2FA app" in clients.render_line(y).text for y in range(clients.size.height))
        assert "authenticator app" in desk.shown("#facts")
        await until(lambda: "z" in desk.keys)
        await pilot.press("z")
        assert (await desk.agree()).startswith("Anna [b]: second factors and recovery code are cleared")
        await until(lambda: isinstance(desk.app.screen, Reauthentication))
        desk.field("password").value = OWN_PASSWORD
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, Clients) and desk.said.startswith("Anna [b] has no"))
        assert (await console.client(anna.id)).factors == []
        await until(lambda: "z" not in desk.keys)


async def test_the_service_account_and_oneself_are_not_reset(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    welcome = await an_admin(here, console)
    everybody = (await console.clients()).clients
    service = next(client for client in everybody if client.service)
    own = next(client for client in everybody if not client.service)
    await console.edit_client(own.id, ClientFields(kind=Kind.EXTERNAL))
    # Nothing else is asked of the server while the session's token changes.
    monkeypatch.setattr(Clients, "news", lambda _screen, _events: None)
    desk = Desk(here, monkeypatch, welcome, "clients")
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await until(lambda: bool(desk.app.screen.query(ClientList)))
        clients = desk.app.screen.query_one(ClientList)
        await until(lambda: clients.selected is not None)
        await desk.connection.api.reauthenticate(OWN_PASSWORD)
        secret = (await desk.connection.api.begin_app()).secret
        await desk.connection.api.confirm_factor(FactorKind.APP, pyotp.TOTP(secret).now())
        await console.change_policy(PolicyChange(totp_enabled=True, internal=True))
        for client, why in (
            (service, "The service account is reset on the server"),
            (own, "Your own factors"),
        ):
            clients.select_id(client.id)
            await until(lambda: clients.selected is not None and clients.selected.id == client.id)  # noqa: B023
            clients.reload()
            await until(lambda: clients.selected is not None and clients.selected.asked)
            await pilot.press("z")
            assert desk.said.startswith(why)
