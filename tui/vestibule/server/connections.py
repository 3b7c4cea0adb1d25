"""One connection: uvicorn's, with limits to what a client may keep open without asking for anything.

uvicorn has a limit for idle connections only. Here a request's headers have a time and a size, and a body
that nobody reads any more has a time too; ``patience`` looks after the bodies that are read, ``door`` after
how many connections there are, and the kernel after clients that do not read their answers (``listening``).
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from vestibule.access.refused import Refused
from vestibule.server.door import Room
from vestibule.server.problems import problem

HEADER_SECONDS = 10.0
"""From the first byte, or from the connection's beginning, to the end of the headers."""
HEADER_BYTES = 32 * 1024
LINGER_SECONDS = 5.0
"""For which the rest of a refused body is thrown away, so that the client reads the refusal."""
IDLE_SECONDS = 15
"""Longer than clients keep a connection for later (httpx: 5 s): they are the ones who close it."""
_RETRY_SECONDS = 5


class _Part(Enum):
    """What of a request was received last."""

    NOTHING = auto()
    HEADERS = auto()
    BODY = auto()
    END = auto()


class Connection(HttpToolsProtocol):
    """A client's connection. ``room`` says whether there is one for it."""

    def __init__(self, *, room: Room, **given: Any) -> None:
        super().__init__(**given)
        self._room = room
        self._no_room = False
        self._part = _Part.NOTHING
        self._header_bytes = 0
        self._answered = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is here; it has to say what it wants."""
        super().connection_made(transport)
        self._no_room = self._room.crowded(self.client[0] if self.client else None)
        self._end_after(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._forget_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request. After them a deadline runs, or the server is at work."""
        if self.transport.is_closing():
            return
        before = self._part
        super().data_received(data)
        in_headers = self._part is _Part.HEADERS
        # Empty lines between two requests are no request, but they would keep the connection for ever.
        in_between = before is self._part is _Part.END and self._answered
        if (in_headers or in_between) and not self.transport.is_closing():
            self._header_bytes += len(data) if before is self._part else 0
            if self._header_bytes > HEADER_BYTES:
                self._refuse(Refused("headers_too_large"))
            elif self._deadline is None:
                self._end_after(HEADER_SECONDS)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._part, self._header_bytes = _Part.HEADERS, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """What the client wants is known."""
        self._forget_deadline()
        self._part, self._answered = _Part.BODY, False
        if self._no_room:
            self._refuse(Refused("busy", retry_after=_RETRY_SECONDS))
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if not self._no_room:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._forget_deadline()
        self._part = _Part.END
        if not self._no_room:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is sent, perhaps before the request was whole."""
        self._answered = True
        super().on_response_complete()
        if self._part is _Part.BODY:
            self._end_after(LINGER_SECONDS)

    def _end_after(self, seconds: float) -> None:
        self._forget_deadline()
        self._deadline = self.loop.call_later(seconds, self._too_slow)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self._part is _Part.HEADERS:
            self._refuse(Refused("too_slow"))
        else:
            self.transport.close()

    def _refuse(self, refused: Refused) -> None:
        """Say so and hang up; no application is asked."""
        answer = problem(refused)
        answer.headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status_code} {HTTPStatus(answer.status_code).phrase}".encode()]
        lines += [name + b": " + value for name, value in answer.raw_headers]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(answer.body)]))
        self.transport.close()
