"""Live updates by one long poll: it works in process, over the network and through any proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vestibule.access import cloud_status, events
from vestibule.access.refused import Refused
from vestibule.models import Events
from vestibule.store.changes import Changes
from vestibule.store.clock import SECOND

if TYPE_CHECKING:
    from vestibule.server.app import Server

SHORTEST = 0.25
"""Seconds to the next look at a session that is about to end: a clock that was set back stands still."""


class EventsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """``after``: the last number known. ``wait``: seconds to wait when there is nothing.

    ``every``: answer an admin as soon as anything was decided, also what was refused and is no event.
    ``cloud``: the mark that came with the last answer.
    """

    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    wait: Annotated[float, Meta(ge=0, le=25)] = 0.0
    every: bool = False
    cloud: Annotated[str, Meta(max_length=32)] | None = None


class Bell:
    """Wakes those who wait: at once for this process's writes, soon for another's."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._waiting: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False
        self.closing: list[Callable[[], None]] = []
        """What else is to be told that the server stops."""

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def ring_from_thread(self) -> None:
        """Something may have changed; called from a worker thread."""
        self._call(self.ring)

    def ring(self) -> None:
        """Wake everybody who waits."""
        for event in self._waiting:
            event.set()

    def attend(self) -> None:
        """Belong to the running loop, so that it can be closed from a signal also while nobody listens."""
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """Answer all who wait, now and from now on: the server stops."""
        self.closed = True
        self.ring()
        for tell in self.closing:
            tell()
        self._changes.close()

    def close_from_signal(self) -> None:
        """Close, from a signal handler."""
        self._call(self.close)

    def _call(self, act: Callable[[], None]) -> None:
        # The loop may close at any time: then nobody waits.
        with suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(act)

    def listen(self) -> asyncio.Event:
        """An event that the next ring sets; give it back with :meth:`leave`."""
        self.attend()
        event = asyncio.Event()
        self._waiting.add(event)
        self._changes.watch(self.ring_from_thread)
        return event

    def leave(self, event: asyncio.Event) -> None:
        """Stop waiting."""
        self._waiting.discard(event)


def events_route(server: Server) -> Route:
    """``GET /v1/events``."""

    async def endpoint(request: Request) -> Response:
        try:
            query = msgspec.convert(dict(request.query_params), EventsQuery, strict=False)
        except msgspec.ValidationError as error:
            raise Refused("invalid", detail=str(error)) from None
        found = await _wait_for(server, request, query)
        return Response(msgspec.json.encode(found), 200, {"Cache-Control": "no-store"}, "application/json")

    return Route("/v1/events", endpoint, methods=["GET"])


async def _wait_for(server: Server, request: Request, query: EventsQuery) -> Events:
    deadline = asyncio.get_running_loop().time() + query.wait
    while True:
        # Listen before looking, so that nothing falls between.
        bell = server.bell.listen()
        try:
            found, end, is_news = await server.crew.run(partial(_look, server, request, query))
            left = deadline - asyncio.get_running_loop().time()
            if is_news or left <= 0 or server.bell.closed:
                return found
            with suppress(TimeoutError):
                await asyncio.wait_for(bell.wait(), min(left, end))
            if server.bell.closed:
                return found  # hundreds wait, and there is no time to look once more for each
        finally:
            server.bell.leave(bell)


def _look(server: Server, request: Request, query: EventsQuery) -> tuple[Events, float, bool]:
    """What there is, in how many seconds the session ends unless it is used, and whether to say it now.

    A session that is about to end is looked at again: its end is said at once.
    """
    with server.store.read() as tx:
        who = server.principal(request, tx, enrolling=True)
        end = max(SHORTEST, (who.ends_at - tx.now) / SECOND)
        found = events.after(tx, who, query.after)
        found = cloud_status.with_mark(tx, who, found, query.cloud)
        is_more = query.every and who.admin and not who.enrolling and found.last > query.after
        return found, end, bool(found.events) or found.reset or is_more
