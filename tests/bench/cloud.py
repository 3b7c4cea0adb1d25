"""Simulates a cloud with many sites: ``.venv/bin/python -m tests.bench.cloud [SITES …]``.

The cloud is ``vestibule serve --cloud`` in a process of its own, and its processor time is what is measured:
for 10, 100 and 1,000 sites that register, say where they are, leave a version with a package, and wait for
news; and for 100 clients of each, who find their site and fetch their package by their tickets. Each site and
client comes from an address of its own, as they would.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import msgspec

from tests.cloud.claimed import presence, registration
from tests.sites import new_site
from vestibule import signatures
from vestibule.access import passwords
from vestibule.access.cloud_sites import UNREGISTERED
from vestibule.cloud_models import PackageDocument, TicketDocument, VersionDocument, Voids
from vestibule.models import PackageInfo, Secret
from vestibule.signatures import Purpose
from vestibule.store.cloud_schema import cloud_site
from vestibule.store.engine import open_store

SITES = (10, 100, 1000)
CLIENTS = 100
AT_ONCE = 16
BUSY = 503
MOST_DOWNLOADS = 2_000
"""Of 100,000 clients so many fetch their package, chosen at random."""
MOST_ROUNDS, MOST_BEATS = 7, 1_000
"""Heartbeats of each site, more at once would be refused; and of all together."""
LOOKS_OF_ONE, MOST_LOOKS = 40, 1_000
"""Looks for a site by its serial number, from one place and in all."""
WAIT = 25
"""Seconds after which a site asks again; so long its waiting is watched, too."""
PASSWORD = "seven quiet rivers under glass"
PACKAGE = os.urandom(20_000)
INFO = PackageInfo(sha256=hashlib.sha256(PACKAGE).hexdigest(), size=len(PACKAGE), name="guest.tknx")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Site:
    """One simulated site and the way from it to the cloud."""

    serial: str
    http: httpx.AsyncClient
    private: Secret = field(default_factory=signatures.new_key)
    token: str = ""
    again: int = 0
    """How often the cloud had too much to do."""

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Ask the cloud as this site."""
        content = None if body is None else msgspec.json.encode(body)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        while True:
            answer = await self.http.request(method, path, content=content, headers=headers, **more)
            if answer.status_code < 400:
                return answer.json()
            if answer.status_code != BUSY:
                raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
            self.again += 1
            await asyncio.sleep(random.uniform(1, 2))  # as a site's server does

    async def register(self) -> None:
        """Say who it is."""
        asked = registration(self.serial, self.private, PASSWORD)
        self.token = (await self.ask("POST", "/v1/cloud/registrations", asked))["token"]

    async def beat(self) -> None:
        """Say where it is."""
        counter = time.time_ns()
        place, back = presence(self.serial, counter), Voids(serial=self.serial, counter=counter, voids=[])
        signed = {"presence": self.sign(Purpose.PRESENCE, place), "voids": self.sign(Purpose.VOIDS, back)}
        await self.ask("PUT", "/v1/cloud/site", signed)

    async def leave(self) -> None:
        """Leave a version with the package of one profile."""
        headers = {"Authorization": f"Bearer {self.token}"}
        path = f"/v1/cloud/site/packages/{INFO.sha256}"
        while (here := await self.ask("POST", "/v1/cloud/site/packages", INFO))["received"] < INFO.size:
            rest, at = PACKAGE[here["received"] :], {"offset": here["received"]}
            await self.http.patch(path, content=rest, headers=headers, params=at)
        now = datetime.now(UTC)
        version = VersionDocument(self.serial, 1, 0, now, "", {}, None, {"Guest": INFO})
        told = PackageDocument(self.serial, 1, "Guest", now, INFO)
        kept = {
            "version": self.sign(Purpose.VERSION, version),
            "packages": [self.sign(Purpose.PACKAGE, told)],
        }
        await self.ask("PUT", "/v1/cloud/site/versions/1", kept)

    async def wait_for_news(self) -> None:
        """Wait for news, again and again."""
        while True:
            await self.ask("GET", "/v1/cloud/site/news", params={"after": 0, "wait": WAIT}, timeout=60)

    def ticket(self) -> str:
        """For one of its clients."""
        now = datetime.now(UTC)
        client = f"{random.getrandbits(64):016x}"
        document = TicketDocument(self.serial, client, "Guest", now, now + timedelta(days=30))
        return signatures.to_token(self.sign(Purpose.TICKET, document))

    def sign(self, purpose: Purpose, document: msgspec.Struct) -> Any:
        """With its key."""
        return signatures.sign(self.private, purpose, document)

    async def look(self) -> None:
        """As somebody who knows the serial number."""
        answer = await self.http.get(f"/v1/cloud/sites/{self.serial}/addresses")
        assert answer.status_code == 200, answer.text

    async def fetch(self, ticket: str) -> None:
        """As one of its clients: where it is, what the package is, and the package."""
        headers = {"Authorization": f"Bearer {ticket}"}
        base = f"/v1/cloud/sites/{self.serial}"
        for path in ("addresses", "project", "project/package"):
            answer = await self.http.get(f"{base}/{path}", headers=headers)
            assert answer.status_code == 200, answer.text
        assert answer.content == PACKAGE


class Cloud:
    """The cloud's process."""

    def __init__(self, home: Path, serials: Sequence[str]) -> None:
        _let_in(new_site(home).state, serials)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        command = [sys.executable, "-m", "vestibule", "serve", "--cloud", "--port", port]
        environ = os.environ | {"VESTIBULE_HOME": str(home)}
        self._process = subprocess.Popen(
            command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.url = f"http://127.0.0.1:{port}"
        while True:
            try:
                httpx.get(self.url + "/healthz")
                return
            except httpx.TransportError:
                assert self._process.poll() is None, "the cloud did not start"
                time.sleep(0.05)

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        parts = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / _TICKS

    def memory(self) -> int:
        """Its memory in kB."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def _let_in(state: Path, serials: Sequence[str]) -> None:
    """Of one password one hash: only the verifying is measured."""
    hashed = passwords.hash_new(PASSWORD)
    store = open_store(state)
    with store.write() as tx:
        row = {"password_hash": hashed, "added_at": tx.now, **UNREGISTERED}
        tx.connection.execute(cloud_site.insert(), [row | {"serial": serial} for serial in serials])
    store.close()


@dataclass
class Cost:
    """Of one kind of request: the cloud's processor time for one in milliseconds, and how many a second."""

    each: float
    per_second: float


async def measured(cloud: Cloud, works: Sequence[Callable[[], Awaitable[None]]], rounds: int = 1) -> Cost:
    """Do all ``works``, some at a time, ``rounds`` times."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(work: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await work()

    cpu, began = cloud.cpu(), time.monotonic()
    for _ in range(rounds):
        await asyncio.gather(*map(one, works))
    took, done = time.monotonic() - began, len(works) * rounds
    return Cost((cloud.cpu() - cpu) * 1000 / done, done / took)


async def simulate(count: int) -> dict[str, Any]:
    """A cloud with ``count`` sites."""
    serials = [f"TK-{number:06d}" for number in range(count)]
    with TemporaryDirectory() as home:
        cloud = await asyncio.to_thread(Cloud, Path(home), serials)
        sites = [Site(serial, _way(cloud.url, number)) for number, serial in enumerate(serials)]
        try:
            return await _measure(cloud, sites)
        finally:
            for site in sites:
                await site.http.aclose()
            cloud.stop()


async def _measure(cloud: Cloud, sites: list[Site]) -> dict[str, Any]:
    found: dict[str, Any] = {"sites": len(sites), "empty": cloud.memory()}
    found["register"] = await measured(cloud, [site.register for site in sites])
    found["version"] = await measured(cloud, [site.leave for site in sites])
    beats, rounds = [site.beat for site in sites], max(1, min(MOST_ROUNDS, MOST_BEATS // len(sites)))
    found["beat"] = await measured(cloud, beats, rounds)
    waiting = [asyncio.create_task(site.wait_for_news()) for site in sites]
    await _all_wait(cloud)
    cpu = cloud.cpu()
    await asyncio.sleep(WAIT)
    found["idle"] = (cloud.cpu() - cpu) * 1000 / WAIT
    found["beat, all waiting"] = await measured(cloud, beats, rounds)
    found["memory"] = cloud.memory()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    clients = len(sites) * CLIENTS
    chosen = random.sample(range(clients), min(clients, MOST_DOWNLOADS))
    tickets = [(sites[number // CLIENTS], sites[number // CLIENTS].ticket()) for number in chosen]
    works = [lambda site=site, ticket=ticket: site.fetch(ticket) for site, ticket in tickets]
    found["download"] = await measured(cloud, works)
    looks = ([site.look for site in sites] * LOOKS_OF_ONE)[:MOST_LOOKS]
    found["find"] = await measured(cloud, looks)
    found["downloads"] = len(works)
    found["again"] = sum(site.again for site in sites)
    return found


async def _all_wait(cloud: Cloud) -> None:
    """Until all have been heard, and the cloud has nothing left to do."""
    spent = 1.0
    while spent > 0.1:
        cpu = cloud.cpu()
        await asyncio.sleep(1)
        spent = cloud.cpu() - cpu


def _way(url: str, number: int) -> httpx.AsyncClient:
    """From an address of its own, out of 127.0.0.0/8."""
    address = f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"
    transport = httpx.AsyncHTTPTransport(local_address=address, verify=False)
    return httpx.AsyncClient(transport=transport, base_url=url, timeout=120)


def main(counts: Sequence[int]) -> None:
    """Print what each number of sites costs."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print("The cloud's processor time for one in ms, and how many a second beside the simulation:\n")
    header = ("sites", "registration", "version", "heartbeat", "…, all waiting", "idle ms/s", "kB a site")
    print("  ".join(f"{name:>16}" for name in (*header, "download", "find")))
    results = []
    for count in counts:
        found = asyncio.run(simulate(count))
        results.append(found)
        kinds = ("register", "version", "beat", "beat, all waiting")
        cells = [str(found["sites"]), *(_cell(found[kind]) for kind in kinds)]
        cells += [f"{found['idle']:.1f}", f"{(found['memory'] - found['empty']) / found['sites']:.0f}"]
        print(
            "  ".join(f"{cell:>16}" for cell in (*cells, _cell(found["download"]), _cell(found["find"]))),
            flush=True,
        )
    first, last = results[0], results[-1]
    print(f"\n{last['sites']} sites against {first['sites']}, for each:")
    for kind in ("register", "version", "beat", "beat, all waiting", "download", "find"):
        print(f"  {kind:18} {last[kind].each / first[kind].each:.2f} ×")
    print(f"Sites asked again: {last['again']} times.")
    print(f"{last['downloads']} of {last['sites'] * CLIENTS} clients fetched their package of 20 kB.")


def _cell(cost: Cost) -> str:
    return f"{cost.each:.2f} ({cost.per_second:.0f}/s)"


if __name__ == "__main__":
    main([int(written) for written in sys.argv[1:]] or SITES)
