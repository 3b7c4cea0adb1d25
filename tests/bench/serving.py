"""Measures the served API against the budgets of the design: ``.venv/bin/python -m tests.bench.serving``.

Ratios measured side by side in one run; not a test, since machines differ. Beside each ratio of times stands
that of processor time: what others do on the machine at the same time changes it less.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import httpx

from tests.bench.screens import PASSWORD, site
from tests.server.served import Served, free_port
from vestibule.access import passwords
from vestibule.server import logs, running
from vestibule.server.app import Server, create_app
from vestibule.server.arriving import NONE
from vestibule.server.events import Bell
from vestibule.store.engine import open_store

BARE = """
import socket, sys
import msgspec, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
class Row(msgspec.Struct):
    id: int
    name: str
rows = [Row(number, f"Person {number}") for number in range(50)]
same = open(sys.argv[1], "rb").read()
async def answer(_request):
    return Response(msgspec.json.encode(rows), media_type="application/json")
async def answer_the_same(_request):
    return Response(same, media_type="application/json")
listening = socket.create_server(("127.0.0.1", 0))
listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print(listening.getsockname()[1], flush=True)
routes = [Route("/", answer), Route("/same", answer_the_same)]
uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="critical")).run(sockets=[listening])
"""
SERVICE = {"mode": "password", "username": "service", "password": PASSWORD}
CLIENTS = "/v1/clients?limit=50"
PARTS = [f"{CLIENTS}&at={at}" for at in range(0, 900, 9)]
SECONDS, ROUNDS, AT_ONCE = 1.0, 5, 8
LOGINS = 20
REQUESTS = 1000


def main() -> None:
    """Print one line per budget."""
    with tempfile.TemporaryDirectory() as made:
        home = Path(made) / "home"
        site(home, 1000)
        with Served(home, "--port", free_port(), "--log", "json") as served:
            served.wait_for("READY=1")
            _rates(served)
            _logins(served)
        _observing(home)


@dataclass
class Asked:
    """Something that is asked again and again, of the process ``pid``."""

    what: str
    pid: int
    port: int
    paths: Iterator[str]
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    def measure(self, token: str) -> None:
        """One round."""
        before = _processor_time(self.pid)
        self.rates.append(asyncio.run(_rate(self.port, self.paths, token)))
        self.costs.append((_processor_time(self.pid) - before) / (self.rates[-1] * SECONDS))

    def say(self, bare: Asked) -> None:
        """How fast, and that against the bare route."""
        rate, cost = statistics.median(self.rates), statistics.median(self.costs)
        print(f"{self.what:60}{rate:10.0f} requests/s, {cost * 1e6:6.0f} µs of CPU each")
        if self is not bare:
            faster = rate / statistics.median(bare.rates), statistics.median(bare.costs) / cost
            print(f"{'  × the bare route; by processor time':60}{faster[0]:10.2f} {faster[1]:10.2f}")


def _processor_time(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _say(what: str, value: float, budget: str = "") -> None:
    print(f"{what:60}{value:10.2f}   {budget}")


def _rates(served: Served) -> None:
    address = served.event("address")["address"]
    token = httpx.post(f"{address}/v1/sessions", json=SERVICE).json()["token"]
    same = served.home / "same.json"
    same.write_bytes(httpx.get(address + CLIENTS, headers={"Authorization": f"Bearer {token}"}).content)
    command = [sys.executable, "-c", BARE, str(same)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port, here = int(process.stdout.readline()), httpx.URL(address).port or 0
        bare = Asked("a bare route", process.pid, port, cycle(["/"]))
        others = (
            Asked("a bare route with the same bytes", process.pid, port, cycle(["/same"])),
            Asked("GET /v1/clients (budget ≥ 0.4)", served.process.pid, here, cycle([CLIENTS])),
            # As long as nobody writes a list is kept; these are more than are kept.
            Asked("  another part of the list each time", served.process.pid, here, cycle(PARTS)),
            Asked("GET /v1/me", served.process.pid, here, cycle(["/v1/me"])),
        )
        for _round in range(ROUNDS):
            for asked in (bare, *others):
                asked.measure(token)
        process.terminate()
    for asked in (bare, *others):
        asked.say(bare)


async def _rate(port: int, paths: Iterator[str], token: str) -> float:
    done, end = 0, time.perf_counter() + SECONDS
    asking = f" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()

    async def ask() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            writer.write(b"GET " + next(paths).encode() + asking)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert b" 200 " in head.partition(b"\r\n")[0], head
            await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
            done += 1
        writer.close()

    await asyncio.gather(*[ask() for _ in range(AT_ONCE)])
    return done / SECONDS


def _logins(served: Served) -> None:
    address = served.event("address")["address"]
    hashed = passwords.hash_new("x" * 20)
    with httpx.Client(base_url=address, timeout=60) as one:
        logins, hashes = [], []
        before = _processor_time(served.process.pid)
        for _ in range(LOGINS):
            logins.append(_seconds(lambda: one.post("/v1/sessions", json=SERVICE)))
        spent, before = _processor_time(served.process.pid) - before, time.process_time()
        for _ in range(LOGINS):
            hashes.append(_seconds(lambda: passwords.matches("x" * 20, hashed)))
        hashing = time.process_time() - before
    _say("password login, × one hash", statistics.median(logins) / statistics.median(hashes), "budget ≤ 1.3")
    _say("  by processor time", spent / hashing)
    peak = served.peak()
    with ThreadPoolExecutor(100) as people, httpx.Client(base_url=address, timeout=60) as many:
        bodies = [SERVICE | {"username": f"nobody-{number}"} for number in range(100)]
        done = list(people.map(lambda body: many.post("/v1/sessions", json=body).status_code, bodies))
    _say("100 logins at once: looked at", done.count(401))
    _say("100 logins at once: MiB more at the most", served.peak() - peak, "one hash takes 19")


def _seconds(work: object) -> float:
    assert callable(work)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _observing(home: Path) -> None:
    """What counting and logging cost, in processor time, without the network."""
    store = open_store(home / "state")
    server = Server(store, "https://bench", Bell(store.changes()))
    sys.stderr = (home / "log").open("a")
    logs.set_up("json", "info")
    bare, whole = create_app(server), running.served(server, NONE, plain_http=False)
    costs: dict[object, list[float]] = {bare: [], whole: []}
    for _round in range(ROUNDS):
        for app, found in costs.items():
            found.append(asyncio.run(_processor(app, server.console_token)))
    usual, more = (statistics.median(found) for found in costs.values())
    _say("GET /v1/clients without metrics, limits and log, ms of CPU", usual * 1000)
    _say("with them, × that", more / usual, "a few percent")
    store.close()


async def _processor(app: object, token: str) -> float:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers=headers) as client:
        began = time.process_time()
        for _ in range(REQUESTS // ROUNDS):
            assert (await client.get(CLIENTS)).status_code == 200
        return (time.process_time() - began) / (REQUESTS // ROUNDS)


if __name__ == "__main__":
    main()
