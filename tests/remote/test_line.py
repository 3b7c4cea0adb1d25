"""A line that breaks: what happened meanwhile is told afterwards, and what is no break is told to nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.net.certificates import made
from tests.net.proxy import proxy
from tests.net.servers import Servers
from tests.sites import PASSWORD
from tests.waiting import until
from vestibule.config import Folders
from vestibule.models import Addresses, ClientNew, ConnectionPolicy, Events, Paths, SignIn
from vestibule.remote.connection import Connection
from vestibule.remote.embedded import open_site
from vestibule.remote.sites import Sites
from vestibule.render.path_words import word

SERVICE = SignIn(mode="password", username="service", password=PASSWORD)


class Screen:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.lines: list[bool] = []

    def news(self, events: Events) -> None:
        self.seen += [event.action for event in events.events]

    def line(self, lost: bool) -> None:
        self.lines.append(lost)


@asynccontextmanager
async def listening(connection: Connection) -> AsyncIterator[Screen]:
    """Somebody signed in whose screen listens."""
    screen = Screen()
    await connection.connect()
    await connection.sign_in(SERVICE)
    connection.live.subscribe(screen)
    task = asyncio.create_task(connection.live.run(connection.api, connection.find_again))
    yield screen
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await connection.close()


async def add(there: Folders, name: str) -> None:
    """Somebody else adds a client, on the server's own machine."""
    async with open_site(there, "", as_console=True) as console:
        await console.add_client(ClientNew(name=name, code_minutes=0))


async def test_what_happened_while_the_server_was_away_is_told(
    here: Folders, there: Folders, servers: Servers
) -> None:
    first = servers.start(there.state)
    async with (
        proxy(first.port) as between,
        listening(Connection(here, f"http://127.0.0.1:{between.port}")) as screen,
    ):
        await add(there, "Before")
        await until(lambda: screen.seen == ["client.added"])
        first.kill()
        await until(lambda: screen.lines[:1] == [True])
        await add(there, "Meanwhile")
        between.to = servers.start(there.state).port
        await until(lambda: screen.lines[-1:] == [False])
        await until(lambda: screen.seen == ["client.added"] * 2)
        await add(there, "After")
        await until(lambda: screen.seen == ["client.added"] * 3)


async def test_a_proxy_that_ends_what_is_idle_is_no_lost_connection(
    here: Folders, there: Folders, servers: Servers
) -> None:
    async with proxy(servers.start(there.state).port) as between:
        connection = Connection(here, f"http://127.0.0.1:{between.port}")
        polls: list[bytes] = []

        def note(data: bytes) -> bool:
            polls.append(data)
            return True

        between.on_request = note
        async with listening(connection) as screen:
            between.cut_idle = 1.5
            await between.close()
            await until(lambda: between.cuts >= 1)
            polls.clear()
            await until(lambda: len(polls) >= 2)
            cuts = between.cuts
            await until(lambda: len(polls) >= 4)  # which are answered before they can be cut
            assert (between.cuts, screen.lines) == (cuts, [])
            await add(there, "Anna")
            await until(lambda: screen.seen == ["client.added"])


async def test_whoever_leaves_the_house_goes_on_over_another_path(
    here: Folders, there: Folders, servers: Servers, tmp_path: Path
) -> None:
    gateway = made(tmp_path, "gateway")
    port = servers.start(there.state, certificate=gateway.pem).port
    async with proxy(port) as inside, proxy(port) as outside:
        ways = [f"https://127.0.0.1:{between.port}" for between in (inside, outside)]
        sites = Sites(here)
        sites.pin(ways[0], gateway.der)
        told = Paths(
            policy=ConnectionPolicy.LOCAL_REMOTE_AND_CLOUD,
            addresses=Addresses(local=ways[0], external=ways[1], cloud=None),
            serial_number="",
            automatic_connection=False,
        )
        sites.keep_paths(ways[0], told)
        connection = Connection(here, ways[0])
        async with listening(connection) as screen:
            assert word(connection.path) == "local"
            await until(lambda: Sites(here).get(ways[0]).paths != told)  # the server has told its own
            await until(lambda: screen.lines == [False])
            sites.keep_paths(ways[0], told)
            screen.lines.clear()
            inside.on_request = lambda _data: False
            await inside.close()
            await until(lambda: screen.lines[-1:] == [False])
            assert word(connection.path) == "external"
            await add(there, "Anna")
            await until(lambda: screen.seen == ["client.added"])
            assert (await connection.api.me()).client.service
