"""A cloud that lies to clients, and what they make of it."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from httpx import AsyncHTTPTransport
from sqlalchemy import select, update

from tests.cloud.claimed import Claimed
from tests.cloud.parties import SERIAL, Party, until, up_to_date
from tests.cloud.test_attacks import ticket_for
from vestibule import signatures
from vestibule.access import cloud_packages, packages
from vestibule.cloud_models import (
    ClientProject,
    Heartbeat,
    PackageDocument,
    Signed,
    SiteAddresses,
    Ticket,
    TicketDocument,
)
from vestibule.config import Folders, folders
from vestibule.models import Client, Session, SignIn
from vestibule.models import Path as Way
from vestibule.remote import finding
from vestibule.remote.api import Api
from vestibule.remote.cloud_answers import (
    ForgedAnswerError,
    OldAnswerError,
    SiteKeyChangedError,
    judged,
    judged_package,
)
from vestibule.remote.cloud_book import CloudBook, Known
from vestibule.remote.cloud_links import Sought, sought
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.given_ticket import judged_ticket
from vestibule.remote.kept_project import Shelf
from vestibule.remote.own_project import newest
from vestibule.remote.sites import Sites
from vestibule.remote.trust import only
from vestibule.signatures import Purpose
from vestibule.store.cloud_schema import cloud_need, cloud_site


@pytest.fixture
def here(tmp_path: Path) -> Folders:
    return folders({"VESTIBULE_HOME": str(tmp_path / "me")})


def link(site: Party) -> str:
    return str(site.get("/v1/cloud")["link"])


def certificate_of(party: Party) -> bytes:
    assert party.certificate is not None
    return ssl.PEM_cert_to_DER_cert(party.certificate.read_text())


@contextmanager
def answering(cloud: Party, **columns: object) -> Iterator[None]:
    """The cloud says something else of the site for a while."""
    mine = cloud_site.c.serial == SERIAL
    with cloud.server.store.write() as tx:
        row = tx.connection.execute(select(cloud_site).where(mine)).one()
        tx.connection.execute(update(cloud_site).where(mine).values(**columns))
    try:
        yield
    finally:
        before = {name: getattr(row, name) for name in columns}
        with cloud.server.store.write() as tx:
            tx.connection.execute(update(cloud_site).where(mine).values(**before))


async def test_a_client_with_a_link_finds_its_site_and_enters_by_its_certificate(
    site: Party, cloud: Party, here: Folders
) -> None:
    meant = sought(link(site) + "#7kqm-4xpt-9d2h")
    assert (meant.serial, meant.cloud, meant.code) == (SERIAL, cloud.url, "7KQM-4XPT-9D2H")
    found = await finding.find(here, meant, cloud.fingerprint)
    assert found.trusted
    assert [(door.path, door.address) for door in found.doors] == [(Way.CLOUD, site.url)]
    assert await finding.enter(found, here, Sites(here)) == site.url
    known = Sites(here).get(site.url)
    assert known.certificate == certificate_of(site)
    assert known.paths == found.paths
    # The serial number alone finds it again, by what is remembered; a stranger's key is then told apart.
    again = await finding.find(here, Sought(SERIAL, cloud.url))
    assert again.trusted
    stranger = Claimed(cloud, "TK-STRANGER")
    with answering(cloud, key=stranger.key), pytest.raises(SiteKeyChangedError):
        await finding.find(here, Sought(SERIAL, cloud.url))
    with pytest.raises(ApiProblem, match="cloud_site_unknown"):
        await finding.find(here, Sought("TK-NOBODY", cloud.url), cloud.fingerprint)


async def test_forged_and_old_addresses_are_refused(site: Party, cloud: Party, here: Folders) -> None:
    before = cloud.http.get(f"/v1/cloud/sites/{SERIAL}/addresses")
    old = msgspec.json.decode(before.content, type=SiteAddresses)
    site.upload(external_ip="elsewhere.example")
    until(lambda: cloud.http.get(f"/v1/cloud/sites/{SERIAL}/addresses").content != before.content)
    site.upload(external_ip="")
    meant = sought(link(site))
    found = await finding.find(here, meant, cloud.fingerprint)
    known = CloudBook(here).get(SERIAL)
    assert known is not None
    assert known.counter == found.counter
    stranger = Claimed(cloud, "TK-LIAR")
    theirs = msgspec.convert(stranger.beat(2**50), Heartbeat).presence
    forged = msgspec.structs.replace(old, presence=theirs)
    altered = msgspec.structs.replace(old.presence, document=old.presence.document.replace(SERIAL, "TK-9"))
    strange = [forged, msgspec.structs.replace(old, presence=altered), msgspec.structs.replace(old, key="?")]
    for answer in strange:
        with pytest.raises(ForgedAnswerError):
            judged(answer, meant, known)
    with pytest.raises(OldAnswerError):
        judged(old, meant, known)
    with pytest.raises(SiteKeyChangedError):
        judged(msgspec.structs.replace(forged, key=stranger.key), meant, None)
    # Who has never been there and has no link is told that nobody vouches for the key.
    assert not judged(old, Sought(SERIAL, cloud.url), None).trusted


async def test_the_cloud_cannot_lead_a_client_to_another_server(
    site: Party, cloud: Party, here: Folders
) -> None:
    """It says that it has seen the site where its own machine answers."""
    found = await finding.find(here, sought(link(site)), cloud.fingerprint)
    lie = replace(found, seen_at=cloud.url)
    with pytest.raises(Unreachable, match="not the one that the site has named"):
        await finding.enter(lie, here, Sites(here))
    assert Sites(here).all() == []


async def test_a_package_is_the_newest_of_ones_profile_or_refused(
    site: Party, cloud: Party, here: Folders, tmp_path: Path
) -> None:
    data = os.urandom(1_500_000)
    guest, staff = site.package(data, "guest.tknx"), site.package(b"staff only" * 9, "staff.tknx")
    site.upload(profiles={"Guest": guest, "Staff": staff})
    up_to_date(site)
    known = await signed_in(site, here)
    seen: list[int] = []
    fetched = await newest(here, known, lambda done, _whole: seen.append(done))
    shelf = Shelf(here, known.site, known.client)
    assert shelf.whole(fetched.package).read_bytes() == data
    assert (fetched.profile, fetched.package.name) == ("Guest", "guest.tknx")
    assert seen[-1] == len(data)
    assert len(seen) > 2
    told = PackageDocument(
        serial=SERIAL, number=fetched.number, profile="Guest", at=fetched.at, package=fetched.package
    )
    # Another's package, another site's, an older one, and one with other bytes.
    kept = CloudBook(here).get(SERIAL)
    assert kept is not None
    assert kept.number == told.number
    with cloud.server.store.read() as tx:
        last = (cloud_need.c.serial == SERIAL) & (cloud_need.c.number == told.number)
        rows = {row.profile: row for row in tx.connection.execute(select(cloud_need).where(last))}
    mine, theirs = (signed(rows[name]) for name in ("Guest", "Staff"))
    liar = Claimed(cloud, "TK-PACKER").sign(Purpose.PACKAGE, told)
    mixed = Signed(document=mine.document, signature=theirs.signature)
    for each in (theirs, mixed, liar):
        with pytest.raises(ForgedAnswerError):
            judged_package(ClientProject(package=each), kept)
    with pytest.raises(OldAnswerError):
        judged_package(ClientProject(package=mine), msgspec.structs.replace(kept, number=told.number + 1))
    folder = cloud_packages.folder_of(cloud.server.packages, SERIAL)
    packages.whole(folder, guest).write_bytes(data[:-1] + b"!")
    shelf.forget()
    with pytest.raises(ForgedAnswerError):
        await newest(here, kept)
    assert shelf.kept() is None


async def test_a_site_cannot_speak_for_another_by_the_tickets_it_gives(site: Party, cloud: Party) -> None:
    """What it gives is kept under the serial number it says: its key is proven by the ticket."""
    _client, word, _mine = ticket_for(site, "Guest")
    key = cloud.http.get(f"/v1/cloud/sites/{SERIAL}/addresses").json()["key"]
    ticket = Ticket(word, SERIAL, key, cloud.url, cloud.fingerprint, datetime.now(UTC))
    assert judged_ticket(ticket) == ticket
    liar = Claimed(cloud, "TK-TELLER")
    mine = signatures.read(signatures.from_token(word), TicketDocument)
    theirs = signatures.to_token(liar.sign(Purpose.TICKET, mine))
    for wrong in (
        {"ticket": theirs},
        {"ticket": theirs, "key": liar.key, "serial": "TK-TELLER"},
        {"ticket": word + "\u00e9"},
        {"cloud": "http://cloud.example"},
        {"cloud": "https://[cloud"},
        {"cloud_fingerprint": "ab"},
    ):
        with pytest.raises(ForgedAnswerError):
            judged_ticket(msgspec.structs.replace(ticket, **wrong))


def signed(row: Any) -> Signed:
    return Signed(document=row.document, signature=row.signature)


async def signed_in(site: Party, here: Folders) -> Known:
    """A guest has signed in at the site from here and has its ticket."""
    added = site.ask("POST", "/v1/clients", {"profile": "Guest"}).json()
    api = Api(AsyncHTTPTransport(verify=only(certificate_of(site))), site.url)
    session = await api.sign_in(SignIn(mode="otp", code=added["code"]["code"], name="Anna", device="pc"))
    assert isinstance(session, Session)
    client: Client = session.client
    assert (await api.server()).cloud
    book = CloudBook(here)
    assert book.needs_ticket(site.url, client.id)
    book.keep_ticket(await api.cloud_ticket(), site.url, client.id)
    assert not book.needs_ticket(site.url, client.id)
    await api.close()
    known = book.get(SERIAL)
    assert known is not None
    assert (here.state / "clouds.json").stat().st_mode & 0o077 == 0
    return known
