"""Licences & codes against the real server in this process."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.widget import Widget
from textual.widgets import Static

from tests.screens.desk import OWN_PASSWORD, SERVICE, SignedIn, an_admin
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import Client, ClientFields, ClientNew, LicenceNew, SignIn
from vestibule.remote.api import Api
from vestibule.screens.code_only import CodeOnly
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.licence_editor import LicenceEditor
from vestibule.screens.licences import Licences
from vestibule.screens.reauthentication import Reauthentication
from vestibule.widgets.admin_list import AdminList
from vestibule.widgets.field import Field
from vestibule.widgets.licence_list import LicenceList
from vestibule.widgets.outstanding_codes import OutstandingCodes
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.rows import Heading


class Desk(SignedIn):
    """The app on this section alone, with somebody signed in by what ``welcome`` says."""

    def __init__(self, here: Folders, monkeypatch: pytest.MonkeyPatch, welcome: SignIn = SERVICE) -> None:
        super().__init__(here, welcome)
        self.open_only(monkeypatch, "licences", Licences)

    @property
    def screen(self) -> Licences:
        assert isinstance(self.app.screen, Licences)
        return self.app.screen

    @property
    def users(self) -> AdminList:
        return self.screen.query_one(AdminList)

    @property
    def codes(self) -> OutstandingCodes:
        return self.screen.query_one(OutstandingCodes)

    @property
    def licences(self) -> LicenceList:
        return self.screen.query_one(LicenceList)

    @property
    def seats(self) -> str:
        return self.shown("#seats")

    def heading(self, part: str) -> Heading:
        return self.screen.query_one(f"#{part}-heading", Heading)

    async def opened(self) -> None:
        def is_open() -> bool:
            lists = list(self.app.screen.query(AdminList))
            return bool(lists) and lists[0].selected is not None and self.seats != ""

        await until(is_open)

    async def select(self, client: Client) -> None:
        self.users.select_id(client.id)
        await until(lambda: self.users.selected is not None and self.users.selected.id == client.id)

    async def agree(self) -> str:
        """Say yes to the question; what it was."""
        await until(lambda: isinstance(self.app.screen, Confirmation))
        question = str(self.app.screen.query_one(".sentence", Static).render())
        self.app.screen.query_one("#yes", PushButton).action_press()
        await until(lambda: isinstance(self.app.screen, Licences))
        return question


def rows(widget: AdminList | OutstandingCodes | LicenceList) -> list[str]:
    lines = [widget.render_line(y).text.strip() for y in range(widget.size.height)]
    return [line for line in lines if line]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (50, 20)])
async def test_everything_is_in_sight(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    for name in ("Anna Rossi", "Marc Dubois"):
        await console.add_client(ClientNew(name=name, profile="Room 12", admin=name.startswith("Anna")))
    await console.add_licence(LicenceNew(code="VST-1", component="Clients", seats=1))
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=size):
        await desk.opened()
        await until(lambda: len(desk.codes.items) == 2)
        assert [row.lstrip("> ")[:10] for row in rows(desk.users)] == [
            "[x] Anna R",
            "[ ] Marc D",
            "[x] Servic",
        ]
        assert all("Anna Rossi" in row or "Marc Dubois" in row for row in rows(desk.codes))
        assert all(row.endswith(tuple("0123456789")) and row.count("-") == 2 for row in rows(desk.codes))
        assert rows(desk.licences)[0].split() == [">VST-1", "Clients", "1"]
        assert desk.seats == "! 2 clients of 1 seat – 1 more than licensed"
        for widget in (desk.users, desk.codes, desk.licences, desk.screen.query_one("#seats")):
            assert desk.screen.region.contains_region(widget.region), widget


async def test_tab_goes_round_the_parts_and_the_keys_follow(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await console.add_client(ClientNew(name="Anna"))
    await console.add_licence(LicenceNew(code="VST-1", component="Clients", seats=1))
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.opened()
        await until(lambda: bool(desk.codes.items))
        parts: list[tuple[Widget, str, list[str]]] = [
            (desk.users, "users", ["Space", "o", "/"]),
            (desk.codes, "codes", ["v", "x"]),
            (desk.licences, "licences", ["a", "Del"]),
            (desk.users, "users", ["Space", "o", "/"]),
        ]
        for widget, part, keys in parts:
            assert desk.screen.focused is widget
            assert desk.keys == [*keys, "Tab", "ctrl+o", "?", "ctrl+q"]
            assert [name for name in ("users", "codes", "licences") if desk.heading(name).current] == [part]
            await pilot.press("tab")
        for widget, foreign in ((desk.users, "xva"), (desk.codes, " a"), (desk.licences, " xv")):
            widget.focus()
            await pilot.press(*("space" if key == " " else key for key in foreign))
            assert (desk.app.screen, desk.said) == (desk.screen, "")


async def test_space_switches_the_admin_option_after_a_fresh_proof(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = await console.add_client(ClientNew(name="Guest [b]", code_minutes=0))
    desk = Desk(here, monkeypatch, await an_admin(here, console))
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await desk.select(guest)
        await pilot.press("space")
        await until(lambda: isinstance(desk.app.screen, Reauthentication))
        desk.app.screen.query_one("#password", Field).value = OWN_PASSWORD
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, Licences))
        await until(lambda: desk.said == "Guest [b] is an admin now.")
        assert (await console.client(guest.id)).admin
        await until(lambda: any("[x] Guest [b]" in row for row in rows(desk.users)))
        await pilot.press("space")  # the proof is still fresh
        await until(lambda: desk.said == "Guest [b] is no admin any more.")
        assert not (await console.client(guest.id)).admin
        admin = next(client for client in (await console.clients()).clients if client.name == "Admin")
        await desk.select(admin)
        await pilot.press("space")
        assert desk.said.startswith("Nobody takes their own Admin option.")
        service = next(client for client in (await console.clients()).clients if client.service)
        await desk.select(service)
        await pilot.press("space")
        assert desk.said.startswith("The service account keeps the Admin option")
    assert (await console.client(service.id)).admin


async def test_o_shows_only_admins_and_slash_finds(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        await console.add_client(ClientNew(name=f"Guest {number:02}", code_minutes=0))
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        assert "61 clients" in desk.heading("users").words
        await pilot.press("o")
        await until(lambda: len(rows(desk.users)) == 1)
        assert "Service" in rows(desk.users)[0]
        await until(lambda: "1 admin" in desk.heading("users").words)
        await pilot.press("o", "slash", *"t 07")
        await until(lambda: [row.split("  ")[0] for row in rows(desk.users)] == [">[ ] Guest 07"])
        await pilot.press("enter")
        assert desk.screen.focused is desk.users
        await pilot.press("escape")
        await until(lambda: "61 clients" in desk.heading("users").words)


async def test_a_code_is_shown_alone_and_revoked_after_asking(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = await console.add_client(ClientNew(name="Anna"))
    assert added.code is not None
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await until(lambda: bool(desk.codes.items))
        desk.codes.focus()
        for key in ("v", "enter"):
            await pilot.press(key)
            await until(lambda: isinstance(desk.app.screen, CodeOnly))
            await pilot.press("escape")
            await until(lambda: isinstance(desk.app.screen, Licences))
        await pilot.press("x", "escape")
        assert (await console.codes()).total == 1
        await pilot.press("x")
        assert added.code.code in await desk.agree()
        await until(lambda: desk.said.startswith("The code is revoked."))
        await until(lambda: rows(desk.codes)[0].startswith("No code is out."))
    assert (await console.codes()).total == 0


async def test_licences_are_added_and_removed(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        assert rows(desk.licences)[0] == "No licence yet. Press a to add one."
        desk.licences.focus()
        await pilot.press("a")
        await until(lambda: isinstance(desk.app.screen, LicenceEditor))
        editor = desk.app.screen
        await pilot.press(*"a!", "enter", *"KNX", "enter", *"many", "enter")
        fields = {name: editor.query_one(f"#{name}", Field) for name in ("code", "component", "seats")}
        assert fields["seats"].objection == "! A whole number from 0 to 1000000."
        fields["seats"].value = "0"
        await pilot.press("f2")
        await until(lambda: fields["code"].objection != "")
        assert (fields["component"].value, editor.focused) == ("KNX", fields["code"].input)
        fields["code"].value = "knx-1"
        await pilot.press("f2")
        await until(lambda: isinstance(desk.app.screen, Licences))
        await until(lambda: desk.said == "The licence KNX-1 is added.")
        await until(lambda: rows(desk.licences)[0].split() == [">KNX-1", "KNX", "–"])
        assert desk.seats == "0 clients, no seats to count"
        await pilot.press("delete")
        assert await desk.agree() == "KNX-1: KNX, seats: 0. It can be added again."
        await until(lambda: desk.said == "The licence KNX-1 is removed.")
        await until(lambda: not desk.licences.items)
    assert (await console.licences()).licences == []


async def test_what_changes_elsewhere_is_shown(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(120, 40)):
        await desk.opened()
        await console.add_licence(LicenceNew(code="VST-1", component="[@click=app.quit]x[/]", seats=1))
        await until(lambda: "[@click=app.quit]x[/]" in rows(desk.licences)[0])
        added = await console.add_client(ClientNew(name="[/x] Anna", admin=False))
        await until(lambda: "[/x] Anna" in rows(desk.codes)[0])
        assert desk.seats == "1 client of 1 seat"
        await console.edit_client(added.id, ClientFields(admin=True))
        await until(lambda: any("[x] [/x] Anna" in row for row in rows(desk.users)))
        await console.edit_client(added.id, ClientFields(enabled=False))
        await until(lambda: not desk.codes.items)
        assert any("disabled" in row for row in rows(desk.users))


async def test_time_runs_and_what_ends_is_asked_for_once(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await console.add_client(ClientNew(name="Soon", code_minutes=10))
    await console.add_client(ClientNew(name="Later", code_minutes=600))
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await until(lambda: len(desk.codes.items) == 2)
        before = rows(desk.codes)
        await until(lambda: all(new != old for new, old in zip(rows(desk.codes), before, strict=True)))
        ended: list[object] = []
        monkeypatch.setattr(desk.screen, "_load", lambda: ended.append(1))
        ends, clock = desk.codes.items[0].expires_at, desk.codes.clock
        desk.codes.clock = lambda: clock() + (ends - clock()) + timedelta(seconds=1)
        await until(lambda: rows(desk.codes)[0].endswith(" 0:00"))
        await pilot.pause(1.2)  # only the server's clock counts: the code stays until it says so
        assert len(ended) == 1
        assert "Soon" in rows(desk.codes)[0]


async def test_hundreds_of_codes_scroll_under_the_cursor(
    here: Folders, console: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        await console.add_client(ClientNew(name=f"Guest {number:02}", code_minutes=10 + number))
    desk = Desk(here, monkeypatch)
    async with desk.app.run_test(size=(80, 24)) as pilot:
        await desk.opened()
        await until(lambda: len(desk.codes.items) == 30)
        desk.codes.focus()
        await pilot.press("end")
        assert "Guest 29" in rows(desk.codes)[-1]
        await pilot.press("pageup", "up", "home", "down")
        assert rows(desk.codes)[1].startswith(">")
        chosen = desk.codes.selected
        assert chosen is not None
        await console.revoke_code(desk.codes.items[0].client_id)
        await until(lambda: len(desk.codes.items) == 29)
        assert desk.codes.selected == chosen  # the cursor stays with its code
