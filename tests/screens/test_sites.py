"""The address book on the screen: added, looked at, opened, forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.widgets import Static

from tests.net.certificates import made
from tests.net.servers import Servers
from tests.screens.desk import LINKS, SignedIn
from tests.screens.site_desk import Desk
from tests.sites import PASSWORD, SITE, new_site
from tests.waiting import until
from vestibule.cli import desk as command
from vestibule.config import Folders, folders
from vestibule.fingerprint import fingerprint
from vestibule.models import Addresses, ClientNew, ConnectionPolicy, Paths, Secret, SystemChange
from vestibule.remote.embedded import open_site
from vestibule.remote.sites import HERE
from vestibule.remote.sites import Sites as Book
from vestibule.remote.staging import Staging
from vestibule.screens.adding import SiteAdding
from vestibule.screens.certificate import ChangedCertificate, UnknownCertificate
from vestibule.screens.clients import Clients
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.home import Home
from vestibule.screens.login import Login
from vestibule.screens.setup import Setup
from vestibule.screens.sites import Sites
from vestibule.screens.user_menu import UserMenu
from vestibule.widgets.field import Field
from vestibule.widgets.site_rows import SiteRows
from vestibule.widgets.title_bar import TitleBar

GONE = "http://127.0.0.1:9"
"""Where nobody listens."""


@pytest.fixture
def away(tmp_path: Path) -> Folders:
    """A machine without a site of its own."""
    return folders({"VESTIBULE_HOME": str(tmp_path / "away")})


async def test_added_by_a_link_its_code_stands_in_its_field(
    away: Folders, here: Folders, servers: Servers, tmp_path: Path
) -> None:
    gateway = made(tmp_path, "gateway")
    port = servers.start(here.state, certificate=gateway.pem).port
    async with open_site(here, f"https://127.0.0.1:{port}", as_console=True) as console:
        code = (await console.add_client(ClientNew())).code
        system = await console.system()
        told = {"cloud": True, "automatic_connection": True, "cloud_connection_policy": "local_and_cloud"}
        await console.change_system(SystemChange(settings={**told, "local_ip": "127.0.0.1"}), system.version)
    assert code is not None
    desk = Desk(away)
    async with desk.app.run_test() as pilot:
        await desk.on(Setup)
        await pilot.press("f4")
        sites = await desk.on(Sites)
        assert "Press a to add one" in sites.query_one(SiteRows).empty
        await pilot.press("a")
        await desk.on(SiteAdding)
        await desk.type(pilot, "line", code.link)
        await pilot.press("enter")
        dialog = await desk.on(UnknownCertificate)
        shown = str(dialog.query_one(".fingerprint", Static).render())
        assert fingerprint(gateway.der) in " ".join(shown.split())
        assert not Book(away).get(f"https://127.0.0.1:{port}").certificate
        await pilot.press("tab", "enter")
        login = await desk.on(Login)
        await until(lambda: login.query_one(TitleBar).title == SITE)
        assert desk.app.screen.query_one("#code", Field).value == code.code
        await desk.type(pilot, "name", "Anna")
        await pilot.press("enter")
        await desk.on(Home)
        book = Book(away)
        await until(lambda: book.all()[0].paths is not None)
    await desk.app.close_connections()
    (site,) = book.all()
    assert (site.certificate, site.device_token is not None) == (gateway.der, True)
    assert site.paths == Paths(
        policy=ConnectionPolicy.LOCAL_AND_CLOUD,
        addresses=Addresses(local=None, external=None, cloud=None),
        serial_number="",
        automatic_connection=True,
    )
    assert command._usual(away) == site.address
    assert command._usual(here) == HERE


async def test_the_last_used_comes_first_and_one_that_is_silent_says_so(
    away: Folders, here: Folders, servers: Servers
) -> None:
    address = f"http://127.0.0.1:{servers.start(here.state).port}"
    book = Book(away)
    book.add(GONE)
    book.use(address, datetime(2026, 1, 1, tzinfo=UTC))
    desk = Desk(away)
    async with desk.app.run_test(size=(100, 24)) as pilot:
        await desk.on(Sites)
        await until(lambda: len(desk.rows()) == 2 and "does not answer" in desk.rows()[1])
        await until(lambda: desk.rows()[0].startswith(SITE) and "answers · " in desk.rows()[0])
        await pilot.press("enter")
        login = await desk.on(Login)
        await until(lambda: login.query_one(TitleBar).title == SITE)
        await pilot.press("f4")
        await desk.on(Sites)
        await pilot.press("escape")
        assert await desk.on(Login) is login
    await desk.app.close_connections()


async def test_forgetting_asks_and_forgets_all_of_it(away: Folders, here: Folders) -> None:
    book = Book(away)
    book.keep_token(GONE, "vd_secret")
    async with open_site(here, LINKS, as_console=True) as console:
        Staging(away, GONE).stage("location", "Bern", await console.system())
    desk = Desk(away)
    async with desk.app.run_test() as pilot:
        await desk.on(Sites)
        await pilot.press("delete", "enter")  # the harmless button has the focus
        assert book.get(GONE).device_token == Secret("vd_secret")
        await desk.on(Sites)
        await pilot.press("delete")
        await desk.on(Confirmation)
        await pilot.press("tab", "enter")
        await until(lambda: not book.all())
        assert desk.rows() == []
        assert Staging(away, GONE).draft is None
        await pilot.press("n")
        await desk.on(Setup)
    await desk.app.close_connections()


async def test_another_site_is_opened_and_the_session_here_goes_on(
    here: Folders, servers: Servers, tmp_path: Path
) -> None:
    other = new_site(tmp_path / "other")
    address = f"http://127.0.0.1:{servers.start(other.state).port}"
    Book(here).add(address)
    desk = SignedIn(here)
    async with desk.app.run_test() as pilot:
        await until(lambda: isinstance(desk.app.screen, Clients))
        token = desk.connection.api._token
        await pilot.press("f4")
        await until(lambda: isinstance(desk.app.screen, UserMenu))
        await pilot.press("up", "up", "enter")
        await until(lambda: isinstance(desk.app.screen, Sites))
        await pilot.press("end", "enter")
        await until(lambda: isinstance(desk.app.screen, Login))
        assert desk.app.connection.address == address
        assert not desk.app.query(Clients)
        desk.app.screen.query_one("#username", Field).value = "service"
        desk.app.screen.query_one("#password", Field).value = PASSWORD
        desk.app.screen.query_one("#password", Field).input.focus()
        await pilot.press("enter")
        await until(lambda: isinstance(desk.app.screen, Clients))
    await desk.app.close_connections()
    async with open_site(here, LINKS) as api:
        api.use_token(token)
        assert (await api.me()).client.service


async def test_another_certificate_is_given_in_to_only_by_typing_its_end(
    away: Folders, here: Folders, servers: Servers, tmp_path: Path
) -> None:
    new = made(tmp_path, "new")
    address = f"https://127.0.0.1:{servers.start(here.state, certificate=new.pem).port}"
    Book(away).pin(address, made(tmp_path, "old").der)
    desk = Desk(away)
    async with desk.app.run_test() as pilot:
        await desk.on(Sites)
        await until(lambda: "! another certificate" in desk.rows()[0])
        await pilot.press("enter")
        dialog = await desk.on(ChangedCertificate)
        await pilot.press("tab", "tab", "enter", "enter")
        assert dialog.is_current
        assert Book(away).get(address).certificate != new.der
        await desk.type(pilot, "last", fingerprint(new.der)[-4:].lower())
        await pilot.press("enter")
        login = await desk.on(Login)
        await until(lambda: login.query_one(TitleBar).title == SITE)
        assert Book(away).get(address).certificate == new.der
    await desk.app.close_connections()
