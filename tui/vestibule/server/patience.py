"""How long a request's body may take, and what may not come at all.

The address in front of a request, its headers and the connection itself are ``connections``' matter.
"""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.access.refused import Refused
from vestibule.server.arriving import arrival_of
from vestibule.server.networks import LOOPBACK, lies_in
from vestibule.server.observed import CODE
from vestibule.server.problems import problem

BODY_SECONDS = 10.0
"""For so long a body may keep the server waiting."""
SLOWEST = 1024
"""Bytes for which it may do so a second longer: large packages come by slow lines too."""


class Bodies:
    """The bodies that are waited for now."""

    def __init__(self) -> None:
        self._waiting: set[_Body] = set()
        self._stopped = False

    def stop(self) -> None:
        """Wait for none any more, now and from now on: the server stops."""
        self._stopped = True
        for body in self._waiting:
            body.give_up()

    async def wait(self, body: _Body) -> Message:
        """The next piece of ``body``. Raises Refused: ``too_slow``, ``stopping``."""
        self._waiting.add(body)
        try:
            return await body.piece(0.0 if self._stopped else None)
        except TimeoutError:
            raise Refused("stopping" if self._stopped else "too_slow") from None
        finally:
            self._waiting.discard(body)


class Patience:
    """Refuses a body that dawdles, with ``too_slow``. Only waiting counts, not what is done in between."""

    def __init__(self, app: ASGIApp, bodies: Bodies) -> None:
        self._app = app
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if _has_body(scope):
            receive = partial(self._bodies.wait, _Body(receive))
        await self._app(scope, receive, send)


class _Body:
    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = BODY_SECONDS
        self._limit: asyncio.Timeout | None = None
        self._whole = False

    async def piece(self, at_most: float | None) -> Message:
        if self._whole:
            return await self._receive()  # whoever asks now waits for the client to leave
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(self._left if at_most is None else at_most) as self._limit:
            message = await self._receive()
        waited = asyncio.get_running_loop().time() - began
        self._left = min(BODY_SECONDS, self._left - waited + len(message.get("body", b"")) / SLOWEST)
        self._whole = not message.get("more_body", False)
        return message

    def give_up(self) -> None:
        if self._limit is not None and not self._whole:
            self._limit.reschedule(asyncio.get_running_loop().time())


def _has_body(scope: Scope) -> bool:
    return scope["type"] == "http" and any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in scope["headers"]
    )


class Encrypted:
    """Refuses what a trusted proxy got by plain http, except from this machine itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            arrival = arrival_of(scope)
            if arrival.unencrypted and not (arrival.source and lies_in(arrival.source, LOOPBACK)):
                scope[CODE] = "unencrypted"
                await problem(Refused(scope[CODE]))(scope, receive, send)
                return
        await self._app(scope, receive, send)
