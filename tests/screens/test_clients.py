"""The clients screen against the real server in this process."""

from __future__ import annotations

from textual.screen import Screen
from textual.widgets import Input, Static

from tests.screens.desk import OWN_PASSWORD, SignedIn, an_admin
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import Client, ClientFields, ClientNew, SignIn, Sort
from vestibule.remote.api import Api
from vestibule.screens.client_editor import ClientEditor
from vestibule.screens.clients import Clients
from vestibule.screens.reauthentication import Reauthentication
from vestibule.widgets.client_detail import ClientDetail
from vestibule.widgets.client_list import ClientList
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.rim import Rim
from vestibule.widgets.tick import Tick


class Desk(SignedIn):
    """The app, which begins with its clients."""

    @property
    def clients(self) -> Clients:
        assert isinstance(self.app.screen, Clients)
        return self.app.screen

    @property
    def listed(self) -> ClientList:
        return self.clients.query_one(ClientList)

    @property
    def words(self) -> dict[str, str]:
        """What the key line says of each key."""
        return dict(self.clients.query_one(KeyLine).keys)

    @property
    def count(self) -> str:
        return self.shown("#count").rstrip()

    @property
    def rows(self) -> list[str]:
        return [self.listed.render_line(y).text.strip() for y in range(self.listed.size.height)]

    async def opened(self) -> None:
        def is_open() -> bool:
            listed = list(self.app.screen.query(ClientList))
            return bool(listed) and listed[0].selected is not None

        await until(is_open)

    async def select(self, client: Client) -> None:
        self.listed.select_id(client.id)
        await until(lambda: self.listed.selected is not None and self.listed.selected.id == client.id)


async def test_the_key_line_shows_only_what_can_be_done(here: Folders, console: Api) -> None:
    pending = await console.add_client(ClientNew(name="Pending"))
    plain = await console.add_client(ClientNew(name="Plain", code_minutes=0))
    await console.edit_client(plain.id, ClientFields(enabled=False))
    service = next(client for client in (await console.clients()).clients if client.service)
    desk = Desk(here)
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.opened()
        always = {"a", "e", "w", "h", "/", "?", "o", "ctrl+o", "ctrl+q"}
        for client, more in (
            (pending, {"n", "x", "d", "v", "y", "Del", "s", "i"}),
            (plain, {"n", "d", "Del"}),
            (service, set()),
        ):
            await desk.select(client)
            await until(lambda: set(desk.keys) == always | more)  # noqa: B023
            if client is not service:
                assert desk.words["d"] == ("disable" if client is pending else "enable")
        await pilot.press("n", "x", "d", "delete", "v", "y", "s", "i")  # on the service account
        await pilot.pause(0.1)
        assert (desk.app.screen, desk.said) == (desk.clients, "")


async def test_what_changes_elsewhere_is_shown_without_a_key(here: Folders, console: Api) -> None:
    added = await console.add_client(ClientNew(name="Room 12"))
    assert added.code is not None
    desk = Desk(here)
    async with desk.app.run_test(size=(120, 40)):
        await desk.opened()
        await desk.select(added)
        detail = desk.clients.query_one(ClientDetail)
        assert (str(detail.label), detail.code.shown) == (added.label, True)
        await console.sign_in(SignIn(mode="otp", code=added.code.code, name="Anna Rossi", device="pc"))
        await until(lambda: str(detail.label) == "Anna Rossi")
        assert not detail.code.shown
        assert any("Anna Rossi" in row for row in desk.rows)
        assert not any(added.label in row for row in desk.rows)
        assert "x" not in desk.keys


async def test_keys_of_the_list_and_letters_of_the_filter_lay_nothing_out(
    here: Folders, console: Api
) -> None:
    for name in ("Bea", "Eva"):
        await console.add_client(ClientNew(name=name, code_minutes=0))
    desk = Desk(here)
    async with desk.app.run_test(size=(40, 24)) as pilot:
        await desk.opened()
        await until(lambda: desk.count.startswith("Clients 3"))
        await pilot.pause()
        detail = desk.clients.query_one(ClientDetail)
        assert detail.query(Rim).last().region.bottom == detail.region.bottom
        laid_out: list[Screen[object]] = []
        desk.clients.screen_layout_refresh_signal.subscribe(desk.clients, laid_out.append)
        for name in ("Eva", "Service"):
            await pilot.press("down")
            assert str(detail.label) == name
        assert laid_out == []
        await pilot.press("slash")
        await until(lambda: "Esc" in desk.keys)
        laid_out.clear()
        await pilot.press("e")  # nobody is without it: only what was typed is new
        await until(lambda: desk.count.startswith("Clients 3"))
        assert laid_out == []


async def test_an_empty_filter_says_so(here: Folders, console: Api) -> None:
    await console.add_client(ClientNew(name="Anna", code_minutes=0))
    desk = Desk(here)
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.opened()
        await pilot.press("slash", *"zzz")
        await until(lambda: desk.rows[0] == "Nobody matches. Esc shows everybody.")
        assert desk.count.startswith("Clients 0")
        assert "e" not in desk.keys
        await pilot.press("escape")
        await until(lambda: desk.count.startswith("Clients 2"))
        assert desk.clients.query_one("#filter", Input).value == ""
        assert desk.clients.focused is desk.listed
        await pilot.press("slash", *"ann", "enter")
        await until(lambda: desk.count.startswith("Clients 1 "))
        assert desk.clients.focused is desk.listed


async def test_o_goes_round_the_orders(here: Folders, console: Api) -> None:
    await console.add_client(ClientNew(name="Zoe", valid_until="2099-01-01", code_minutes=0))
    await console.add_client(ClientNew(name="Anna", valid_until="2099-02-02", code_minutes=0))
    desk = Desk(here)
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.opened()
        orders = [("by state", 0), ("by name", 0), ("by expiry", 1), ("by state", 0)]
        assert len({order for order, _ in orders}) == len(Sort)
        names = ("Anna", "Zoe")
        for order, first in orders:
            await until(lambda: desk.count == f"Clients 3 {order}")  # noqa: B023
            await until(lambda: names[first] in desk.rows[0])  # noqa: B023
            await pilot.press("o")


async def test_a_fresh_proof_is_asked_for_and_nothing_is_typed_twice(here: Folders, console: Api) -> None:
    guest = await console.add_client(ClientNew(name="Guest", code_minutes=0))
    desk = Desk(here, await an_admin(here, console))
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.opened()
        await desk.select(guest)
        await pilot.press("e")
        await until(lambda: isinstance(desk.app.screen, ClientEditor))
        editor = desk.app.screen
        editor.query_one("#note", Field).value = "typed once"
        editor.query_one("#admin", Tick).action_tick()
        await pilot.press("f2")
        await until(lambda: isinstance(desk.app.screen, Reauthentication))
        asked = desk.app.screen.query_one("#password", Field)
        await pilot.press(*"wrong", "enter")
        await until(lambda: asked.objection != "")
        asked.value = OWN_PASSWORD
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, Clients))
        await until(lambda: desk.said == "Saved.")
    edited = await console.client(guest.id)
    assert (edited.admin, edited.note) == (True, "typed once")


async def test_without_the_proof_what_was_typed_stays(here: Folders, console: Api) -> None:
    guest = await console.add_client(ClientNew(name="Guest", code_minutes=0))
    desk = Desk(here, await an_admin(here, console))
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.opened()
        await desk.select(guest)
        await pilot.press("e")
        await until(lambda: isinstance(desk.app.screen, ClientEditor))
        editor = desk.app.screen
        editor.query_one("#admin", Tick).action_tick()
        await pilot.press("f2")
        await until(lambda: isinstance(desk.app.screen, Reauthentication))
        await pilot.press("escape")
        await until(lambda: desk.app.screen is editor and not editor.query_one("#form").disabled)
        said = str(editor.query_one("#explanation", Static).render())
        assert said == "! Type your password again to do this."
        assert editor.query_one("#admin", Tick).value
    assert not (await console.client(guest.id)).admin


async def test_disabling_an_admin_asks_for_the_proof_too(here: Folders, console: Api) -> None:
    other = await console.add_client(ClientNew(name="Other", admin=True, code_minutes=0))
    desk = Desk(here, await an_admin(here, console))
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.opened()
        await desk.select(other)
        await pilot.press("d")
        await until(lambda: isinstance(desk.app.screen, Reauthentication))
        desk.app.screen.query_one("#password", Field).value = OWN_PASSWORD
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, Clients))
        await until(lambda: desk.said.startswith("Other is disabled"))
    assert not (await console.client(other.id)).enabled
