"""The kiosk in real headless Chromium, offline, and what its server refuses."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import cv2
import httpx
import numpy
import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import make_mocked_request

from tests.kiosk.browser import Page, browser
from tests.needs import needs
from tests.terminal.desk import Desk, environment
from tests.warm import VESTIBULE
from vestibule.web.child import command
from vestibule.web.child import environment as childs_environment
from vestibule.web.server import KioskServer, Served

pytestmark = pytest.mark.anyio
PLACES = 2
SECRET = "not-for-the-kiosk"


class Kiosk(NamedTuple):
    """A kiosk's server on the machine with the site's."""

    desk: Desk
    address: str
    process: subprocess.Popen[bytes]

    @property
    def socket(self) -> str:
        return self.address.replace("http", "ws") + "/ws"

    def children(self) -> list[int]:
        """The processes of browsers."""
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True)
        return [int(pid) for pid in found.stdout.split()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.set_up()
    desk.serve()
    yield desk
    desk.kill_server()


@pytest.fixture
def code(desk: Desk) -> str:
    return desk.add("Room 12", "--profile", "Lift")


@pytest.fixture(scope="module")
def served(desk: Desk) -> Iterator[Kiosk]:
    one = start(desk)
    yield one
    one.process.terminate()
    assert one.process.wait(10) == 0


def start(desk: Desk, *options: str) -> Kiosk:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["--web", "--port", str(port), "--site", desk.address, "--sessions", str(PLACES), *options]
    env = environment(desk.root / "browsers") | {"VESTIBULE_SECRET": SECRET}
    process = subprocess.Popen(
        [*VESTIBULE, "kiosk", *arguments], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/kiosk.css")
            return Kiosk(desk, f"http://127.0.0.1:{port}", process)
        except httpx.TransportError:
            assert process.poll() is None, "the kiosk's server has ended"
            assert time.monotonic() < deadline
            time.sleep(0.05)


# ------------------------------------------------------------------ in the browser


@needs("chromium")
async def test_a_visit_in_the_browser(served: Kiosk, code: str, tmp_path: Path) -> None:
    async with browser(tmp_path / "chromium") as page:
        await page.open(f"{served.address}/")
        await page.until(lambda: page.sockets == 1, "socket")
        await page.type(code.lower())  # at once: nobody has clicked, and nothing is painted yet
        boxes = "│ " + " │ ".join(code[:4]) + " │"
        await page.shows(boxes)
        assert await page.value("document.fonts.check(\"16px 'Roboto Mono'\")")
        await looks_like_a_screen(await page.picture())
        await page.type("\rAnna Rossi\r")
        await page.shows("Welcome. This is your access:")
        for key, number in (("c", 67), ("q", 81), ("p", 80), ("z", 90), ("\\", 220)):
            await page.press(key, number, modifiers=2)
        assert await page.value("window.open('http://evil.example/')") is None
        await page.type("\r")
        await page.shows("Type your one-time code")
        assert page.sockets == 1

        hosts = {urlsplit(address).netloc for address in page.requested if not address.startswith("data:")}
        assert hosts == {urlsplit(served.address).netloc}
        assert set(page.statuses.values()) == {200}
        assert page.said == []  # nothing broke the page's own policy
        await it_begins_again(served, page)


async def looks_like_a_screen(picture: bytes) -> None:
    """Light letters on a dark ground, not an empty page."""
    pixels = cv2.imdecode(numpy.frombuffer(picture, numpy.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    light = (pixels > 150).mean()
    assert 0.01 < light < 0.2
    assert (pixels < 60).mean() > 0.7


async def it_begins_again(served: Kiosk, page: Page) -> None:
    """After a crash the page comes back by itself, without what was typed."""
    await page.tap(5, 5)  # somewhere else in the page
    await page.type("7k")
    await page.shows("│ 7 │ K │")
    [child] = served.children()
    os.kill(child, signal.SIGKILL)
    await page.until(lambda: page.sockets == 2, "second socket")
    await page.shows("Type your one-time code")
    assert "│ 7 │ K │" not in page.text
    await page.type("4")
    await page.shows("│ 4 │")


# ------------------------------------------------------------------ who may come in


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "http://127.0.0.1:1"])
async def test_another_sites_page_gets_no_terminal(served: Kiosk, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    gone(served.children())
    async with ClientSession() as web:
        with pytest.raises(WSServerHandshakeError) as refused:
            await web.ws_connect(served.socket, headers=headers)
    assert refused.value.status == 403
    assert served.children() == []


def test_a_name_that_a_stranger_points_here_is_refused(served: Kiosk) -> None:
    port = urlsplit(served.address).port
    for host, status in (("evil.example", 403), (f"localhost:{port}", 200), (f"[::1]:{port}", 200)):
        headers = {"Host": host, "Origin": f"http://{host}"}
        answer = httpx.get(f"{served.address}/", headers=headers)
        assert (answer.status_code, host) == (status, host)


async def test_the_last_place_taken_the_next_is_asked_to_wait(served: Kiosk) -> None:
    async with ClientSession(headers={"Origin": served.address}) as web:
        lines = [await web.ws_connect(served.socket) for _ in range(PLACES)]
        with pytest.raises(WSServerHandshakeError) as refused:
            await web.ws_connect(served.socket)
        assert refused.value.status == 503
        async with web.get(f"{served.address}/") as page:
            assert page.status == 503
            assert "One moment, please" in await page.text()
            assert page.headers["Retry-After"] == "10"
        children = served.children()
        assert len(children) == PLACES
        environments(children)
        for line in lines:
            await line.close()
        gone(children)
        async with web.get(f"{served.address}/") as page:
            assert page.status == 200


def environments(children: list[int]) -> None:
    """No shell stands between, and nothing was told that is not needed."""
    for child in children:
        words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        assert words[1:3] == [b"-m", b"vestibule.kiosk.in_browser"]
        assert SECRET.encode() not in Path(f"/proc/{child}/environ").read_bytes()


def gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 8
    while any(Path(f"/proc/{pid}/status").exists() for pid in pids):
        assert time.monotonic() < deadline, "a process was left over"
        time.sleep(0.05)


def test_every_answer_says_what_a_browser_may_do_with_it(served: Kiosk) -> None:
    ours, others = ("", "kiosk.js", "textual.js", "RobotoMono.ttf"), ("nothing", "static/", "page/kiosk.js")
    for path in (*ours, *others):
        answer = httpx.get(f"{served.address}/{path}")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
        assert answer.headers["Server"] == "Vestibule"
        assert answer.status_code == (200 if path in ours else 404)
    page = httpx.get(f"{served.address}/").text
    assert not re.search(r"https?:|<script>|\son\w+=", page)


async def test_what_is_no_key_and_no_size_ends_the_session(served: Kiosk) -> None:
    async with ClientSession(headers={"Origin": served.address}) as web:
        for nonsense in ("{", '["resize", {"width": [], "height": 1}]'):
            async with web.ws_connect(f"{served.socket}?width=99999&height=-1") as line:
                await line.send_str(nonsense)
                while (message := await line.receive(10)).type is WSMsgType.BINARY:
                    pass
                assert message.type in (WSMsgType.CLOSE, WSMsgType.CLOSED), nonsense


async def test_a_kiosk_whose_server_is_gone_ends(desk: Desk) -> None:
    served = start(desk)
    async with (
        ClientSession(headers={"Origin": served.address}) as web,
        web.ws_connect(served.socket) as line,
    ):
        await line.receive(10)
        children = served.children()
        assert len(children) == 1
        served.process.kill()
        served.process.wait()
    gone(children)


# ------------------------------------------------------------------ how it is started


def test_the_child_is_told_little() -> None:
    kept_back = {"SSH_AUTH_SOCK": "/s", "DATABASE_PASSWORD": "x", "TEXTUAL": "devtools"}
    told = childs_environment({"PATH": "/bin", "VESTIBULE_HOME": "/h"} | kept_back, 80, 24)
    assert told["PATH"] == "/bin"
    assert told["VESTIBULE_HOME"] == "/h"
    assert not set(kept_back) & set(told)
    assert command("http://a b;reboot:1", 60, True).startswith("exec ")
    assert "'http://a b;reboot:1'" in command("http://a b;reboot:1", 60, True)


def test_behind_a_proxy_its_own_page_may_ask() -> None:
    """Whatever the proxy makes of the host's name."""
    for host in ("kiosk.example", "127.0.0.1:8080"):
        for origin, allowed in (
            ("https://kiosk.example", True),
            ("https://evil.example", False),
            ("null", False),
        ):
            for public in ("https://kiosk.example", ""):
                server = KioskServer(Served("http://haus:7550", 60, False, 1, public))
                asked = make_mocked_request("GET", "/ws", headers={"Host": host, "Origin": origin})
                assert server._may_ask(asked) is (allowed and public != "")


def test_codes_do_not_travel_unencrypted(desk: Desk) -> None:
    done = desk.run("kiosk", "--web", "--host", "0.0.0.0", "--site", desk.address)
    assert done.returncode == 2
    assert "unencrypted" in done.stderr
