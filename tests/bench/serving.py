"""Measures the served API against the budgets of the design: ``.venv/bin/python -m tests.bench.serving``.

Ratios measured side by side in one run; not a test, since machines differ.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
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
async def answer(_request):
    return Response(msgspec.json.encode(rows), media_type="application/json")
listening = socket.create_server(("127.0.0.1", 0))
listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print(listening.getsockname()[1], flush=True)
config = uvicorn.Config(Starlette(routes=[Route("/", answer)]), log_level="critical")
uvicorn.Server(config).run(sockets=[listening])
"""
SERVICE = {"mode": "password", "username": "service", "password": PASSWORD}
CLIENTS = "/v1/clients?limit=50"
SECONDS, ROUNDS, AT_ONCE = 1.5, 5, 8
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


def _say(what: str, value: float, budget: str = "") -> None:
    print(f"{what:60}{value:10.2f}   {budget}")


def _rates(served: Served) -> None:
    address = served.event("address")["address"]
    token = httpx.post(f"{address}/v1/sessions", json=SERVICE).json()["token"]
    with subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE, text=True) as bare:
        assert bare.stdout is not None
        port = int(bare.stdout.readline())
        ours, theirs = [], []
        for _round in range(ROUNDS):
            ours.append(asyncio.run(_rate(httpx.URL(address).port or 0, CLIENTS, token)))
            theirs.append(asyncio.run(_rate(port, "/", token)))
        bare.terminate()
    _say("GET /v1/clients, requests/s", statistics.median(ours))
    _say("a bare route, requests/s", statistics.median(theirs))
    _say("× the bare route", statistics.median(ours) / statistics.median(theirs), "budget ≥ 0.4")


async def _rate(port: int, path: str, token: str) -> float:
    done, end = 0, time.perf_counter() + SECONDS
    asking = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()

    async def ask() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            writer.write(asking)
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
    alone = statistics.median(_seconds(lambda: passwords.matches("x" * 20, hashed)) for _ in range(ROUNDS))
    with httpx.Client(base_url=address, timeout=60) as one:
        login = statistics.median(
            _seconds(lambda: one.post("/v1/sessions", json=SERVICE)) for _ in range(ROUNDS)
        )
    _say("password login, × one hash", login / alone, "budget ≤ 1.3")
    before = served.peak()
    with ThreadPoolExecutor(100) as people, httpx.Client(base_url=address, timeout=60) as many:
        bodies = [SERVICE | {"username": f"nobody-{number}"} for number in range(100)]
        done = list(people.map(lambda body: many.post("/v1/sessions", json=body).status_code, bodies))
    _say("100 logins at once: looked at", done.count(401))
    _say("100 logins at once: MiB more at the most", served.peak() - before, "one hash takes 19")


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
