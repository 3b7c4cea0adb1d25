"""Vestibule's own connection, made where ``ip netns exec`` puts it: ``agent.py HOME``.

Each line of JSON on stdin is a wish, each line on stdout says how it went. Ends when stdin does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from tests.sites import PASSWORD
from vestibule.config import folders
from vestibule.models import Addresses, ConnectionPolicy, Events, Paths, SignIn
from vestibule.remote.connection import Connection
from vestibule.remote.errors import Unreachable
from vestibule.remote.sites import Sites


class Agent:
    """What can be wished for."""

    def __init__(self, home: str) -> None:
        self._here = folders({"VESTIBULE_HOME": home})
        self._stays: Connection | None = None
        self._listening: asyncio.Task[None] | None = None
        self.seen: list[str] = []

    def news(self, events: Events) -> None:
        self.seen += [event.action for event in events.events]

    def line(self, lost: bool) -> None:
        self.seen.append("lost" if lost else "back")

    async def know(self, address: str, certificate: str, addresses: dict[str, Any], policy: str) -> None:
        """Have a site in the address book, with its paths."""
        sites = Sites(self._here)
        sites.pin(address, bytes.fromhex(certificate))
        told = Paths(
            policy=ConnectionPolicy(policy),
            addresses=Addresses(**addresses),
            serial_number="",
            automatic_connection=False,
        )
        sites.keep_paths(address, told)

    async def connect(self, address: str) -> dict[str, Any]:
        """Come and go: by which path, and in how many seconds."""
        connection = Connection(self._here, address)
        began = time.monotonic()
        try:
            await connection.connect()
            return {"path": connection.path, "took": time.monotonic() - began}
        except Unreachable as error:
            return {"error": str(error), "took": time.monotonic() - began}
        finally:
            await connection.close()

    async def stay(self, address: str) -> dict[str, Any]:
        """Come, sign in, and listen."""
        self._stays = Connection(self._here, address)
        await self._stays.connect()
        await self._stays.sign_in(SignIn(mode="password", username="service", password=PASSWORD))
        self._stays.live.subscribe(self)
        run = self._stays.live.run(self._stays.api, self._stays.find_again)
        self._listening = asyncio.create_task(run)
        return await self.ask()

    async def ask(self) -> dict[str, Any]:
        """Ask something as whoever has signed in, and say what was seen since the last time."""
        assert self._stays is not None
        try:
            who = (await self._stays.api.me()).client.name
        except Unreachable:
            who = ""
        seen, self.seen = self.seen, []
        return {"who": who, "path": self._stays.path, "seen": seen}

    async def learned(self) -> None:
        """The server has told of its paths."""
        assert self._stays is not None
        async with asyncio.timeout(10):
            while True:
                paths = Sites(self._here).get(self._stays.address).paths
                if paths is not None and paths.addresses.cloud is not None:
                    return
                await asyncio.sleep(0.05)

    async def begin(self, address: str) -> None:
        """Begin to connect, and go on meanwhile."""
        self._beginning = asyncio.create_task(self.connect(address))
        await asyncio.sleep(0.5)


async def main(home: str) -> None:
    """Do what is wished, one wish after the other."""
    agent = Agent(home)
    while line := await asyncio.to_thread(sys.stdin.readline):
        wish, given = json.loads(line)
        print(json.dumps(await getattr(agent, wish)(**given)), flush=True)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
