"""Answers that would be the same again are not made again, as long as nobody has written anything.

Whether somebody has is asked of the database itself, for every request (:meth:`Store.mark`), and the time
rules here as anywhere: whoever asks is judged anew, and an answer that changes by the clock ends with it.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.access import sessions
from vestibule.access.principal import anonymous
from vestibule.access.refused import Refused
from vestibule.server.arriving import path_of, source_of, token_of
from vestibule.server.operation import Needs, Operation
from vestibule.store.engine import Transaction

if TYPE_CHECKING:
    from vestibule.server.app import Server

_MOST_ANSWERS: Final = 32
_LARGEST: Final = 128 * 1024
"""Bytes of the largest answer that is kept."""
_MOST_SESSIONS: Final = 1000
_Question = tuple[str, bytes, str]
"""The operation's path, the query as it was written, and the host that links lead to."""


class _Moment:
    """What was found while the database was as ``mark`` says."""

    def __init__(self, mark: object) -> None:
        self.mark = mark
        self.answers: dict[_Question, tuple[Response, int]] = {}
        self.sessions: dict[bytes, Any] = {}


class Kept:
    """Of one server: used by all of its threads; what is kept of another moment is never mixed with it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._moment = _Moment(None)

    def _at(self, mark: object) -> _Moment:
        moment = self._moment
        if moment.mark != mark:
            moment = self._moment = _Moment(mark)
        return moment

    def session(self, tx: Transaction, token: str) -> Any:
        """The row of the session with this token."""
        row = sessions.find(tx, token)
        if tx.mark is not None:
            kept = self._at(tx.mark).sessions
            if len(kept) >= _MOST_SESSIONS:
                kept.clear()
            kept[_digest(token)] = row
        return row

    def answer(self, tx: Transaction, request: Request, make: Callable[[], tuple[Response, int]]) -> Response:
        """What ``make`` gives, with the last moment at which it gives the same, or gave before."""
        if tx.mark is None:
            return make()[0]
        kept, asked = self._at(tx.mark).answers, self._question(request.scope)
        answer = _valid(kept.get(asked), tx.now)
        if answer is None:
            answer, until = make()
            if len(kept) >= _MOST_ANSWERS:
                kept.clear()
            if len(answer.body) <= _LARGEST:
                kept[asked] = answer, until
        return answer

    def _question(self, scope: Scope) -> _Question:
        # Links may carry this host's name, which stands in no database.
        return scope["path"], scope["query_string"], self._server.links or socket.gethostname()

    def again(self, operation: Operation, request: Request) -> Response | None:
        """The answer to ``request`` if it is known already and whoever asks may have it."""
        moment, store = self._moment, self._server.store
        answer, token = moment.answers.get(self._question(request.scope)), token_of(request)
        if answer is None or not token:
            return None
        row = moment.sessions.get(_digest(token))
        if row is None or moment.mark is None or store.mark() != moment.mark:
            return None
        now = store.clock.now()
        try:
            who = sessions.judged(row, now, anonymous(source_of(request), path_of(request)))
            who.need_more_than_enrolment()
            if operation.needs is Needs.ADMIN:
                who.need_admin()
        except Refused:
            return None  # as the usual way will say
        self._server.usage.of(request, now, who)
        return _valid(answer, now)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()  # of 256 random bits: none could be guessed by it


def _valid(kept: tuple[Response, int] | None, now: int) -> Response | None:
    return kept[0] if kept is not None and now <= kept[1] else None


class Again:
    """Gives answers that are kept, in the event loop: it takes no SQL and no disk to know that they hold."""

    def __init__(self, app: ASGIApp, server: Server, operations: Mapping[str, Operation]) -> None:
        """``operations`` by their paths."""
        self._app = app
        self._server = server
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        operation = self._operations.get(scope["path"]) if scope["type"] == "http" else None
        if operation is not None and scope["method"] == operation.method:
            request = Request(scope)
            answer = self._server.kept.again(operation, request)
            if answer is not None:
                scope["route"] = operation
                await answer(scope, receive, send)
                self._server.usage.note(request)
                return
        await self._app(scope, receive, send)
