"""What is known of every request once it is answered: counted in the metrics, told in the log.

Never its raw path, its query, its headers or its body: challenges, one-time codes and passwords stand there.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.models import Path
from vestibule.server.arriving import path_of, source_of

MODE = "vestibule.mode"
"""Where a request's scope says by which way somebody signs in."""
CODE = "vestibule.code"
"""Where it says with which problem the request was refused."""
UNKNOWN = "unknown"
"""The template of a path that leads nowhere: foreign text is not repeated."""
_LEFT = 499
"""The status that nginx notes when the client has gone before the answer."""
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Exchange(Struct, frozen=True):
    """One request and its answer. ``template`` is the operation's path, with names in braces."""

    method: str
    template: str
    status: int
    seconds: float
    source: str
    path: Path
    code: str | None
    mode: str | None


class Observed:
    """Tells ``observers`` of every answered request."""

    def __init__(self, app: ASGIApp, observers: tuple[Callable[[Exchange], None], ...]) -> None:
        self._app = app
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), _LEFT

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            status = 500
            raise
        finally:
            exchange = _exchange(scope, status, time.perf_counter() - began)
            for observer in self._observers:
                observer(exchange)


def _exchange(scope: Scope, status: int, seconds: float) -> Exchange:
    method, request = scope["method"], Request(scope)
    return Exchange(
        method=method if method in _METHODS else UNKNOWN,
        template=getattr(scope.get("route"), "path", UNKNOWN),
        status=status,
        seconds=seconds,
        source=source_of(request),
        path=path_of(request),
        code=scope.get(CODE),
        mode=scope.get(MODE),
    )
