"""No certificate is accepted unseen, and nothing is sent before one is."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.net.certificates import Made, made
from tests.net.servers import Servers
from tests.sites import PASSWORD, SITE
from vestibule.config import Folders
from vestibule.fingerprint import fingerprint
from vestibule.models import Addresses, ConnectionPolicy, Paths, SignIn
from vestibule.models import Path as Route
from vestibule.remote import trust
from vestibule.remote.connection import Connection
from vestibule.remote.errors import CertificateChanged, CertificateUnknown, Unreachable
from vestibule.remote.sites import Sites


@pytest.fixture
def gateway(tmp_path: Path) -> Made:
    return made(tmp_path, "gateway")


@asynccontextmanager
async def listener(certificate: Made) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A port that speaks TLS, and all that anybody said there."""
    said: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            said.append(await reader.read(4096))
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate.pem)
    async with await asyncio.start_server(hear, "127.0.0.1", 0, ssl=context) as listening:
        yield listening.sockets[0].getsockname()[1], said


async def test_nothing_is_said_to_who_is_not_known(here: Folders, gateway: Made) -> None:
    async with listener(gateway) as (port, said):
        connection = Connection(here, f"https://127.0.0.1:{port}")
        with pytest.raises(CertificateUnknown) as unknown:
            await connection.connect()
        assert unknown.value.fingerprint == fingerprint(gateway.der)
        assert (unknown.value.certificate, unknown.value.address) == (gateway.der, connection.address)
        Sites(here).pin(connection.address, made(gateway.pem.parent, "another").der)
        with pytest.raises(CertificateChanged):
            await connection.connect()
        assert not any(said)
        await connection.accept(gateway.der)
        with pytest.raises(Unreachable):  # it hangs up
            await connection.connect()
        assert b"GET /v1/server" in b"".join(said)


async def test_what_was_accepted_once_is_accepted_wherever_the_server_moves(
    here: Folders, there: Folders, servers: Servers, gateway: Made
) -> None:
    running = servers.start(there.state, host="0.0.0.0", certificate=gateway.pem)
    connection = Connection(here, f"https://127.0.0.1:{running.port}")
    with pytest.raises(CertificateUnknown) as unknown:
        await connection.connect()
    assert not (here.state / "sites.json").exists()
    await connection.accept(unknown.value.certificate)
    assert (await connection.connect()).site == SITE
    await connection.sign_in(SignIn(mode="password", username="service", password=PASSWORD))
    await connection.close()

    sites = Sites(here)
    moved = Addresses(local=f"https://127.0.0.2:{running.port}", external=None, cloud=None)
    told = Paths(
        policy=ConnectionPolicy.LOCAL_ONLY, addresses=moved, serial_number="", automatic_connection=False
    )
    sites.keep_paths(connection.address, told)
    again = Connection(here, connection.address)
    await again.connect()
    assert again.path is Route.LOCAL
    await again.close()
    assert (here.state / "sites.json").stat().st_mode & 0o777 == 0o600


async def test_another_certificate_is_refused_until_the_old_one_is_given_up(
    here: Folders, there: Folders, servers: Servers, gateway: Made
) -> None:
    before = made(gateway.pem.parent, "before")
    running = servers.start(there.state, certificate=gateway.pem)
    connection = Connection(here, f"https://127.0.0.1:{running.port}")
    await connection.accept(before.der)
    with pytest.raises(CertificateChanged) as changed:
        await connection.connect()
    assert (changed.value.known, changed.value.presented) == (
        fingerprint(before.der),
        fingerprint(gateway.der),
    )
    await connection.accept(changed.value.certificate)
    await connection.connect()
    await connection.close()


async def test_an_expired_certificate_says_so(
    here: Folders, there: Folders, servers: Servers, tmp_path: Path
) -> None:
    old = made(tmp_path, "old", days=-1)
    connection = Connection(here, f"https://127.0.0.1:{servers.start(there.state, certificate=old.pem).port}")
    await connection.accept(old.der)
    with pytest.raises(Unreachable, match="is the date right"):
        await connection.connect()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """One that this machine believes."""
    found = made(tmp_path, "authority", authority=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(found.pem))
    trust.by_authorities.cache_clear()
    yield found
    trust.by_authorities.cache_clear()


async def test_an_authority_is_believed_but_not_against_what_was_accepted(
    here: Folders, there: Folders, servers: Servers, gateway: Made, authority: Made
) -> None:
    vouched = made(gateway.pem.parent, "vouched", by=authority)
    running = servers.start(there.state, certificate=vouched.pem)
    connection = Connection(here, f"https://127.0.0.1:{running.port}")
    await connection.connect()
    await connection.close()
    assert Sites(here).get(connection.address).certificate is None

    wary = Connection(here, connection.address)
    await wary.accept(gateway.der)
    with pytest.raises(CertificateChanged):
        await wary.connect()

    # Nor where a cloud says it has seen the site: the site has not said that it is there.
    sites, gone = Sites(here), "https://127.0.0.1:9"
    nowhere = Addresses(local=None, external=None, cloud=None)
    policy = ConnectionPolicy.CLOUD_ONLY
    sites.keep_paths(
        gone, Paths(policy=policy, addresses=nowhere, serial_number="", automatic_connection=True)
    )
    sites.keep_seen(gone, connection.address)
    for accepted in (False, True):
        led = Connection(here, gone)
        if accepted:
            await led.accept(gateway.der)
        with pytest.raises(CertificateChanged if accepted else Unreachable):
            await led.connect()
    await led.accept(vouched.der)
    await led.connect()
    assert led.path is Route.CLOUD
    await led.close()
