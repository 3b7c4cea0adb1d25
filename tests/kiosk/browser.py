"""A real headless Chromium, driven by its own protocol, and the terminal that it shows."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pyte
from aiohttp import ClientSession, ClientWebSocketResponse

from tests.terminal.pty_terminal import _Filter

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--enable-unsafe-swiftshader",
    "--remote-debugging-port=0",
    "--window-size=1024,640",
)
COLUMNS, LINES = 200, 60


class Page:
    """One tab: what it asks for, what it is sent, and a keyboard."""

    def __init__(self, line: ClientWebSocketResponse) -> None:
        self._line = line
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self.session = ""
        self.requested: list[str] = []
        """The address of everything the page has asked for."""
        self.statuses: dict[str, int] = {}
        self.said: list[str] = []
        """What went wrong, as the browser's console tells it."""
        self.sockets = 0
        self._begin()

    def _begin(self) -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream, self._filter = pyte.ByteStream(self._screen), _Filter()

    @property
    def text(self) -> str:
        """What the terminal in the page shows."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    async def read(self) -> None:
        """Take what the browser tells, until it is gone."""
        async for message in self._line:
            told = json.loads(message.data)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            else:
                self._note(told.get("method", ""), told.get("params", {}))

    def _note(self, method: str, told: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requested.append(told["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requested.append(told["url"])
            self.sockets += 1
            self._begin()
        elif method == "Network.responseReceived":
            self.statuses[told["response"]["url"]] = told["response"]["status"]
        elif method == "Network.webSocketFrameReceived" and told["response"]["opcode"] == 2:
            for piece in self._filter.feed(base64.b64decode(told["response"]["payloadData"])):
                self._stream.feed(piece)
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.said.append(told["entry"]["text"])

    async def ask(self, method: str, **params: Any) -> Any:
        """One command of the protocol; its result."""
        self._number += 1
        number = self._number
        self._answers[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "method": method, "params": params}
        await self._line.send_json(request | ({"sessionId": self.session} if self.session else {}))
        answer = await asyncio.wait_for(self._answers[number], 10)
        assert "error" not in answer, answer
        return answer["result"]

    async def open(self, address: str) -> None:
        """Go there."""
        await self.ask("Page.navigate", url=address)

    async def value(self, script: str) -> Any:
        """What JavaScript says."""
        done = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        return done["result"].get("value")

    async def type(self, text: str) -> None:
        """Keys of a keyboard, one after the other, to whatever has the focus."""
        for letter in text:
            keys = {"text": letter, "key": letter, "unmodifiedText": letter}
            if letter == "\r":
                keys |= {"key": "Enter", "windowsVirtualKeyCode": 13}  # type: ignore[dict-item]
            await self.ask("Input.dispatchKeyEvent", type="keyDown", **keys)
            await self.ask("Input.dispatchKeyEvent", type="keyUp", key=keys["key"])

    async def press(self, key: str, code: int, modifiers: int = 0) -> None:
        """A key without a letter of its own; ``modifiers`` 2 is Ctrl."""
        for kind in ("rawKeyDown", "keyUp"):
            named = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
            await self.ask("Input.dispatchKeyEvent", type=kind, **named)

    async def tap(self, x: float, y: float) -> None:
        """A finger or a mouse."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def picture(self) -> bytes:
        """The page as PNG."""
        return base64.b64decode((await self.ask("Page.captureScreenshot"))["data"])

    async def until(self, met: Callable[[], bool], what: str, seconds: float = 15.0) -> None:
        """Until this is so."""
        deadline = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < deadline, f"no {what}\n{self.text}\n{self.said}"
            await asyncio.sleep(0.02)

    async def shows(self, words: str, seconds: float = 15.0) -> None:
        """Until the terminal shows these words."""
        await self.until(lambda: words in self.text, words, seconds)


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Page]:
    """A new browser with an empty page and no memory."""
    chromium = _start(folder)
    try:
        async with ClientSession() as web, web.ws_connect(await _devtools(folder), max_msg_size=0) as line:
            page = Page(line)
            reading = asyncio.create_task(page.read())
            try:
                targets = (await page.ask("Target.getTargets"))["targetInfos"]
                target = next(each["targetId"] for each in targets if each["type"] == "page")
                attached = await page.ask("Target.attachToTarget", targetId=target, flatten=True)
                page.session = attached["sessionId"]
                for domain in ("Network", "Page", "Runtime", "Log"):
                    await page.ask(f"{domain}.enable")
                yield page
            finally:
                reading.cancel()
    finally:
        chromium.terminate()
        try:
            chromium.wait(5)
        except subprocess.TimeoutExpired:
            chromium.kill()
            chromium.wait()


def _start(folder: Path) -> subprocess.Popen[bytes]:
    program = shutil.which("chromium") or "chromium"
    return subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


async def _devtools(folder: Path) -> str:
    """Where it wants to be told what to do."""
    said = folder / "DevToolsActivePort"
    deadline = time.monotonic() + 30
    while not (said.exists() and len(said.read_text().splitlines()) == 2):
        assert time.monotonic() < deadline, "Chromium does not start"
        await asyncio.sleep(0.05)
    port, path = said.read_text().splitlines()
    return f"ws://127.0.0.1:{port}{path}"
