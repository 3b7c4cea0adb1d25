"""What strangers may keep open, and that others notice nothing: a real server, its time limits shortened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.sites import new_site
from vestibule.server import connections, door, listening, patience, running
from vestibule.server.app import Server
from vestibule.server.arriving import Networks
from vestibule.server.door import Door, Room
from vestibule.server.events import Bell
from vestibule.server.opening import Opened
from vestibule.store.engine import open_store

SOON = 0.6
GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", SOON)
    monkeypatch.setattr(connections, "LINGER_SECONDS", SOON)
    monkeypatch.setattr(patience, "BODY_SECONDS", SOON)


@asynccontextmanager
async def serving(home: Path, room: Room) -> AsyncIterator[int]:
    """A server with so much room; its port."""
    state = new_site(home).state
    store = open_store(state)
    server = Server(store, None, Bell(store.changes()))
    entrance = Opened(listening.tcp("127.0.0.1", 0), "")
    app = running.served(server, Networks(), plain_http=False)
    port = entrance.socket.getsockname()[1]
    runs = running.Running(server, app, entrance, room)
    task = asyncio.create_task(runs.serve([Door(entrance.socket, room)]))
    try:
        yield port
    finally:
        runs.should_exit = True
        await task
        server.store.close()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(port: int) -> Stream:
    return await asyncio.open_connection("127.0.0.1", port)


async def said(stream: Stream) -> bytes:
    """All that is answered until the server hangs up."""
    answer = b""
    try:
        async with asyncio.timeout(10):
            while piece := await stream[0].read(4096):
                answer += piece
    except ConnectionError:
        pass  # it hung up while something was still being sent
    finally:
        stream[1].close()
    return answer


async def trickle(stream: Stream, piece: bytes) -> None:
    """Send ``piece`` every now and then, as long as somebody takes it."""
    try:
        while piece:
            await asyncio.sleep(0.02)
            stream[1].write(piece)
            await stream[1].drain()
    except ConnectionError:
        pass


async def cut(port: int, first: bytes, then: bytes) -> bytes:
    """What a client is told that says ``first`` at once and goes on with ``then`` for ever."""
    stream = await connect(port)
    stream[1].write(first)
    sending = asyncio.create_task(trickle(stream, then))
    try:
        return await said(stream)
    finally:
        sending.cancel()


@pytest.mark.usefixtures("short")
async def test_who_dawdles_is_cut_and_others_are_served(tmp_path: Path) -> None:
    post = b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n"
    signed_in = b"Authorization: Bearer nobody\r\n"
    dawdlers = {
        "headers": (b"GET / HTTP/1.1\r\n", b"X-A: 1\r\n", b"408"),
        "body": (post + b"\r\n", b" ", b"408"),
        "body of a package": (
            post.replace(b"POST /v1/sessions", b"PATCH /v1/project/packages/00") + signed_in + b"\r\n",
            b" ",
            b"401",
        ),
        "nothing": (b"", b"", b""),
        "empty lines": (GET, b"\r\n", b"200"),
        "endless headers": (b"GET / HTTP/1.1\r\nX-A: ", b"a" * 9_000, b"431"),
    }
    async with serving(tmp_path, Room(64)) as port:
        cuts = {name: asyncio.create_task(cut(port, *words)) for name, (*words, _) in dawdlers.items()}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as other:
            while not all(task.done() for task in cuts.values()):
                assert (await other.get("/v1/server")).status_code == 200
                await asyncio.sleep(0.02)
    for name, (_, _, status) in dawdlers.items():
        assert status in cuts[name].result().partition(b"\r\n")[0], name
        assert (cuts[name].result() == b"") == (status == b""), name
    for name in ("headers", "body"):
        assert b'"code":"too_slow"' in cuts[name].result()


async def test_when_the_room_is_full_those_inside_notice_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path, Room(4)) as port:
        inside: list[Stream] = []
        try:
            inside += [await connect(port) for _ in range(3)]
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as other:
                assert (await other.get("/v1/server")).status_code == 200
                late = await cut(port, GET, b"")
                assert late.startswith(b"HTTP/1.1 503 ")
                assert b"retry-after: 5\r\n" in late
                assert b'"code":"busy"' in late
                assert (await other.get("/v1/server")).status_code == 200
        finally:
            for stream in inside:
                stream[1].close()
        await until_status(port, b"200")


async def test_one_address_takes_half_the_room_at_most() -> None:
    room = Room(100)
    greedy = [room.enter("203.0.113.9") for _ in range(200)]
    assert (greedy.count(True), room.crowded("203.0.113.9")) == (50 + door._WAITING // 2, True)
    assert room.enter("198.51.100.1")
    assert not room.crowded("198.51.100.1")
    neighbours = [room.enter(f"2001:db8::{number:x}") for number in range(1, 99)]
    assert neighbours.count(False) > 0, "one /64 is one address"
    while room.enter("127.0.0.1"):
        pass
    assert not room.enter("198.51.100.2"), "there is an end to it"
    room.leave("127.0.0.1")
    assert room.enter("198.51.100.2")


async def until_status(port: int, status: bytes) -> None:
    deadline = asyncio.get_running_loop().time() + 5
    while status not in (await cut(port, GET.replace(b"Host", b"Connection: close\r\nHost"), b""))[:20]:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)
