"""A person finds a site through its cloud, and whoever knows it goes with it when it moves."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from textual.widgets import Static

from tests.cli.shell import Shell
from tests.cloud.claimed import Claimed
from tests.cloud.moving import Moving
from tests.cloud.parties import SERIAL, Party
from tests.cloud.test_lies import answering
from tests.screens.fits import misfits
from tests.screens.site_desk import Desk
from tests.sites import SITE
from tests.waiting import until
from vestibule.cloud_models import Ticket
from vestibule.config import Folders, folders
from vestibule.models import ConnectionPolicy
from vestibule.remote import finding, following
from vestibule.remote.cloud_book import CloudBook
from vestibule.remote.cloud_links import sought
from vestibule.remote.errors import NoPath, Unreachable
from vestibule.remote.following import Following
from vestibule.remote.sites import Site, Sites
from vestibule.screens.adding import SiteAdding
from vestibule.screens.certificate import UnknownCertificate, UnknownKey
from vestibule.screens.home import Home
from vestibule.screens.login import Login
from vestibule.screens.setup import Setup
from vestibule.screens.sites import Sites as SitesScreen
from vestibule.signatures import grouped, new_key, public_key
from vestibule.widgets.field import Field
from vestibule.widgets.status_line import StatusLine
from vestibule.widgets.title_bar import TitleBar

PHONE = (40, 24)


@pytest.fixture(scope="module")
def house(cloud: Party, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moving]:
    made = Moving(tmp_path_factory.mktemp("house"), cloud)
    yield made
    made.close()


@pytest.fixture
def me(tmp_path: Path) -> Folders:
    """A machine without a site of its own."""
    return folders({"VESTIBULE_HOME": str(tmp_path / "me")})


def asked(cloud: Party) -> int:
    """How often the cloud was asked where a site is."""
    return sum(path.endswith("/addresses") for path in cloud.heard)


def certificate_of(party: Party) -> bytes:
    assert party.certificate is not None
    return ssl.PEM_cert_to_DER_cert(party.certificate.read_text())


async def test_a_serial_number_is_asked_about_and_what_nobody_vouches_for_is_compared(
    house: Moving, cloud: Party, me: Folders
) -> None:
    desk = Desk(me)
    async with desk.app.run_test(size=PHONE) as pilot:
        await desk.on(Setup)
        await pilot.press("f4", "a")
        adding = await desk.on(SiteAdding)
        said = adding.query_one(StatusLine)
        await desk.type(pilot, "line", "two words")
        await pilot.press("enter")
        assert "Write an address" in adding.query_one("#line", Field).objection
        await desk.type(pilot, "line", SERIAL.lower())
        await pilot.press("enter")  # it might be a computer's name as well
        assert SERIAL in str(adding.query_one("#which", Static).content)
        assert not [why async for why in misfits(adding)]
        await desk.type(pilot, "cloud", "http://cloud.example")
        await pilot.press("enter")
        assert "https://" in adding.query_one("#cloud", Field).objection
        with socket.create_server(("127.0.0.1", 0)) as silent:
            await desk.type(pilot, "cloud", f"http://127.0.0.1:{silent.getsockname()[1]}")
            await pilot.press("enter")
            await until(lambda: "Asking the cloud" in str(said.content))
            await pilot.press("escape")
            assert "Nothing you typed is lost" in said.sentence
        await until(lambda: adding.query_one("#cloud", Field).input.has_focus)
        await pilot.press("enter")
        await until(lambda: "no server listens there" in said.sentence)
        await desk.type(pilot, "cloud", cloud.url.removeprefix("https://"))
        before = asked(cloud)
        await pilot.press("enter")
        await desk.on(UnknownCertificate)
        await pilot.press("escape")
        await until(lambda: "Nothing was sent" in said.sentence)
        assert (asked(cloud), adding.query_one("#line", Field).value) == (before, SERIAL.lower())
        await pilot.press("enter")
        await desk.on(UnknownCertificate)
        await pilot.press("tab", "enter")
        dialog = await desk.on(UnknownKey)
        mark = house.party.get("/v1/cloud")["key"]
        assert grouped(mark) in str(dialog.query_one(".fingerprint", Static).content)
        await pilot.press("escape")
        await until(lambda: "its key is not known" in said.sentence)
        assert Sites(me).all() == []
        CloudBook(me).pin(house.party.url, house.party.fingerprint)
        await desk.type(pilot, "cloud", house.party.url)
        await pilot.press("enter")
        await until(lambda: "is no cloud" in said.sentence)
        await desk.type(pilot, "cloud", cloud.url)
        await desk.type(pilot, "line", "TK-NOBODY")
        await pilot.press("enter")
        await until(lambda: "knows no such site" in said.sentence)  # the certificate is not asked about again
        await desk.type(pilot, "line", SERIAL)
        await pilot.press("enter")
        await desk.on(UnknownKey)
        await pilot.press("tab", "enter")
        login = await desk.on(Login)
        await until(lambda: login.query_one(TitleBar).title == f"{SITE} · cloud")
        await pilot.press("f4")
        sites = await desk.on(SitesScreen)
        assert f"{SERIAL}, found through {cloud.url}" in str(sites.query_one("#about", Static).content)
        await pilot.press("delete", "tab", "enter")
        await until(lambda: not Sites(me).all())
        assert CloudBook(me).get(SERIAL) is None
    await desk.app.close_connections()


async def test_who_is_signed_in_goes_with_the_site_and_is_told_that_the_cloud_lies(
    house: Moving, cloud: Party, me: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "FIRST_PAUSE", 0.3)
    CloudBook(me).pin(cloud.url, cloud.fingerprint)
    code = house.code()
    desk = Desk(me)
    async with desk.app.run_test() as pilot:
        await desk.on(Setup)
        await pilot.press("f4", "a")
        await desk.on(SiteAdding)
        await desk.type(pilot, "line", house.link(code))
        await pilot.press("enter")
        await desk.on(Login)  # with the key in the link nothing is asked
        await until(lambda: desk.app.screen.query_one("#code", Field).value == code)
        await desk.type(pilot, "name", "Anna")
        await pilot.press("enter")
        await desk.on(Home)
        book, sites = CloudBook(me), Sites(me)
        await until(lambda: (known := book.get(SERIAL)) is not None and known.ticket is not None)
        before = sites.all()
        await asyncio.to_thread(house.leave)
        live = desk.app.connection.live
        with answering(cloud, key=Claimed(cloud, "TK-MOVED").key):
            await until(lambda: "another key of the site" in live.why)
            assert sites.all() == before
        await asyncio.to_thread(house.come_back)
        await until(lambda: not live.lost)
        (site,) = sites.all()
        assert site == msgspec.structs.replace(before[0], seen_at=house.party.url)
        assert (await desk.app.connection.api.me()).client.name == "Anna"
        assert isinstance(desk.app.screen, Home)
    await desk.app.close_connections()


def test_a_link_stands_where_an_address_does_and_commands_follow(
    house: Moving, cloud: Party, me: Folders, tmp_path: Path
) -> None:
    shell = Shell(tmp_path / "me")
    link = house.link(house.code())
    refused = shell.run("--site", link, "login", "--name", "Anna")
    assert (refused.returncode, "Its fingerprint is" in refused.stderr) == (4, True)
    assert Sites(me).all() == []
    mark = ("--cloud", cloud.url, "--cloud-fingerprint", cloud.fingerprint)
    unsure = shell.run("cloud", "find", SERIAL, *mark, "--add")
    assert (unsure.returncode, "--site-key" in unsure.stderr, Sites(me).all()) == (4, True, [])
    signed_in = shell.run("--site", link, "login", "--name", "Anna")
    assert signed_in.returncode == 0, signed_in.stderr
    house.leave()
    house.come_back(renewed=True)  # the site's key vouches for the new certificate
    assert shell.json("--site", SERIAL, "devices", "list")["devices"]
    (site,) = Sites(me).all()
    assert (site.seen_at, site.certificate) == (house.party.url, certificate_of(house.party))


async def test_the_cloud_is_asked_seldom_and_not_against_the_policy(
    house: Moving, cloud: Party, me: Folders
) -> None:
    CloudBook(me).pin(cloud.url, cloud.fingerprint)
    sites = Sites(me)
    address = await finding.enter(await finding.find(me, sought(house.link())), me, sites)
    house.close()
    try:
        one = Following(me, sites, address)
        before = asked(cloud)
        for _retry in range(3):
            with pytest.raises(Unreachable):
                await one.find()
        with pytest.raises(Unreachable):
            await Following(me, sites, address).find(may_ask=False)
        paths = sites.get(address).paths
        assert paths is not None
        sites.keep_paths(address, msgspec.structs.replace(paths, policy=ConnectionPolicy.LOCAL_ONLY))
        with pytest.raises(Unreachable):
            await Following(me, sites, address).find()
        assert asked(cloud) == before + 1
        sites.keep_paths(address, paths)
        with answering(cloud, public=False), pytest.raises(NoPath, match="does not say where the site is"):
            await Following(me, sites, address).find()
    finally:
        house.come_back()


async def test_no_site_moves_another_entry_of_the_address_book(
    house: Moving, cloud: Party, me: Folders
) -> None:
    """Whoever answers at an address that another site had would get what is kept for that one."""
    CloudBook(me).pin(cloud.url, cloud.fingerprint)
    sites, book = Sites(me), CloudBook(me)
    found = await finding.find(me, sought(house.link()))
    address = house.party.url
    sites.pin(address, b"another")
    sites.keep_token(address, "vd_another")
    with pytest.raises(Unreachable, match="another site"):
        await finding.enter(found, me, sites)
    sites.pin(address, certificate_of(house.party))  # the same, added by hand: it speaks for itself
    assert await finding.enter(found, me, sites) == address
    assert (sites.get(address).paths, book.at(address)) == (None, None)
    sites.remove(address)
    assert await finding.enter(found, me, sites) == address
    assert sites.get(address) == Site(
        address=address, certificate=certificate_of(house.party), paths=found.paths, seen_at=address
    )
    assert book.at(address) == book.get(SERIAL)
    # Nor does another site's ticket, which names this one's serial number and a key of its own.
    key = public_key(new_key())
    expires = datetime.now(UTC) + timedelta(days=30)
    forged = Ticket(
        ticket="t", serial=SERIAL, key=key, cloud=cloud.url, cloud_fingerprint="", expires_at=expires
    )
    book.keep_ticket(forged, "https://elsewhere.example", "c")
    known = book.at(address)
    assert known is not None
    assert (known.key, known.ticket) == (found.key, None)
    book.keep_ticket(forged, address, "c")  # the site itself was set up anew
    assert book.at(address) == book.get(SERIAL)
    assert getattr(book.at(address), "key", "") == key
