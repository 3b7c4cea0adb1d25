"""Serves the kiosk to browsers: its own page, no foreign request, few sessions, for nobody else's page."""

from __future__ import annotations

import html
import ipaddress
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web
from textual_serve.download_manager import DownloadManager

from vestibule import i18n
from vestibule.i18n import _
from vestibule.web.child import Child, command

PAGE = Path(__file__).parent / "page"
_FONT_SIZES = range(8, 49)
_LEAST, _MOST = 10, 500
"""Columns and lines that a browser may ask for."""
_LONGEST_MESSAGE = 64 * 1024
_RETRY = 10
"""Seconds after which a browser without room asks again."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Styles are also written by the terminal's script."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "Vestibule",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = logging.getLogger("vestibule.kiosk")


@dataclass(frozen=True)
class Served:
    """What is shown, and to how many."""

    site: str
    idle: float
    codes_only: bool
    sessions: int
    public_url: str = ""


class KioskServer:
    """The page, its files, and a process for each browser."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._command = command(served.site, served.idle, served.codes_only)
        self._downloads = DownloadManager()  # textual-serve asks for one; the kiosk hands nothing out
        self._sessions = 0
        self._public = urlsplit(served.public_url).netloc.lower()
        """What browsers call this, behind a proxy; empty when they come here directly."""

    def app(self) -> web.Application:
        """The application; it lists no folder and serves no file but these."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._index)
        app.router.add_get("/ws", self._terminal)
        for name, path in _files().items():
            app.router.add_get(f"/{name}", _file(path))
        return app

    # --- who may ask --------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other sites' pages, and say with every answer what browsers may do with it."""
        try:
            if not self._may_ask(request):
                raise web.HTTPForbidden(text=_("This kiosk answers its own page only."))
            answer = await handler(request)
        except web.HTTPException as refused:
            refused.headers.update(HEADERS)
            raise
        if not answer.prepared:
            answer.headers.update(HEADERS)
        return answer

    def _may_ask(self, request: web.Request) -> bool:
        """Whether the browser shows this very address, and one that no stranger's name can lead to."""
        host, origin = request.host.lower(), request.headers.get("Origin")
        if not self._is_own(host):
            return False
        if origin is None:
            return request.path != "/ws"  # browsers always say where a socket is opened from
        asked_from = urlsplit(origin).netloc.lower()
        return asked_from == host or (asked_from != "" and asked_from == self._public)

    def _is_own(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        return host == self._public or name == "localhost" or _is_address(name)

    # --- the page -----------------------------------------------------------------------------

    async def _index(self, request: web.Request) -> web.Response:
        """The page, or a calm one where there is no room."""
        if self._is_full:
            return self._busy()
        return _page("index.html", font_size=_number(request, "fontsize", 16, _FONT_SIZES))

    @property
    def _is_full(self) -> bool:
        return self._sessions >= self._served.sessions

    def _busy(self) -> web.Response:
        busy = _("All places are taken. One moment, please: this page tries again by itself.")
        answer = _page("busy.html", status=503, busy=busy, seconds=_RETRY)
        answer.headers["Retry-After"] = str(_RETRY)
        return answer

    # --- the terminal -------------------------------------------------------------------------

    async def _terminal(self, request: web.Request) -> web.StreamResponse:
        """A process of the kiosk for as long as the browser stays."""
        if self._is_full:
            return self._busy()
        self._sessions += 1
        try:
            return await self._run(request)
        finally:
            self._sessions -= 1

    async def _run(self, request: web.Request) -> web.StreamResponse:
        wires = range(_LEAST, _MOST)
        width, height = _number(request, "width", 80, wires), _number(request, "height", 24, wires)
        line = web.WebSocketResponse(heartbeat=15, max_msg_size=_LONGEST_MESSAGE)
        line.headers.update(HEADERS)
        await line.prepare(request)
        child = Child(
            self._command,
            write_bytes=line.send_bytes,
            write_str=_drop,
            close=_close(line),
            download_manager=self._downloads,
        )
        try:
            await child.start(width, height)
            await _pass_on(line, child)
        finally:
            await child.end()
            await line.close()
        return line


async def _drop(_message: str) -> None:
    """Links to open and files to deliver: a kiosk has none."""


def _close(line: web.WebSocketResponse) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        await line.close()

    return close


async def _pass_on(line: web.WebSocketResponse, child: Child) -> None:
    """Keys and sizes to the process; what is neither ends the session."""
    async for message in line:
        if message.type is not WSMsgType.TEXT:
            continue
        try:
            understood = await _act_on(json.loads(message.data), line, child)
        except (ValueError, TypeError):
            understood = False
        if not understood:
            return


async def _act_on(said: Any, line: web.WebSocketResponse, child: Child) -> bool:
    match said:
        case ["stdin", str(typed)]:
            await child.send_bytes(typed.encode())
        case ["resize", {"width": width, "height": height}]:
            await child.set_terminal_size(_size(width), _size(height))
        case ["ping", str(moment)]:
            await line.send_json(["pong", moment])
        case ["focus"] | ["blur"]:
            pass  # a kiosk takes keys wherever the browser looks
        case _:
            return False
    return True


def _size(said: Any) -> int:
    return min(max(int(said), _LEAST), _MOST)


def _number(request: web.Request, name: str, usual: int, allowed: range) -> int:
    written = request.query.get(name, "")
    number = int(written) if written.isascii() and written.isdecimal() and len(written) < 6 else usual
    return number if number in allowed else usual


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _page(name: str, *, status: int = 200, **words: object) -> web.Response:
    """A page of ours, in the kiosk's language."""
    words |= {
        "language": i18n.current(),
        "title": "Vestibule",
        "moment": _("One moment, please."),
    }
    shown = {key: html.escape(str(word)) for key, word in words.items()}
    return web.Response(
        text=(PAGE / name).read_text().format(**shown), status=status, content_type="text/html"
    )


def _files() -> dict[str, Path]:
    """All files there are: ours, and the terminal and the font that textual-serve brings."""
    spec = find_spec("textual_serve")
    assert spec is not None
    assert spec.origin is not None
    theirs = Path(spec.origin).parent / "static"
    return {
        "kiosk.js": PAGE / "kiosk.js",
        "kiosk.css": PAGE / "kiosk.css",
        "textual.js": theirs / "js" / "textual.js",
        "xterm.css": theirs / "css" / "xterm.css",
        "RobotoMono.ttf": theirs / "fonts" / "RobotoMono-VariableFont_wght.ttf",
    }


def _file(path: Path) -> Handler:
    async def serve_file(_request: web.Request) -> web.StreamResponse:
        answer = web.FileResponse(path)
        if path.suffix == ".ttf":
            answer.content_type = "font/ttf"
        return answer

    return serve_file


def serve(served: Served, listening: socket.socket) -> None:
    """Serve until told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    web.run_app(KioskServer(served).app(), sock=listening, print=None, access_log=None, shutdown_timeout=3)
