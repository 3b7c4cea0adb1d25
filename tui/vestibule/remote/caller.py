"""Asking one server: requests out, typed answers and typed errors back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import httpx
import msgspec

from vestibule.device_models import UNATTENDED
from vestibule.i18n import _
from vestibule.models import Problem
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.reasons import reason

R = TypeVar("R")
POLL = "/v1/events"
TIMEOUT = httpx.Timeout(10.0, read=30.0)
"""Seconds."""
ANSWER_LIMIT = 32 * 1024**2
"""Bytes of an answer; no server of ours says more at once."""
_PLAIN = {"Accept-Encoding": "identity"}
"""Packed, a few bytes of a stranger's could become all of this machine's memory."""
_SLOW = 3.0
"""Seconds after which a question may be waiting in vain."""
_CUT = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
"""A connection was there, and ended before the answer."""


def _nothing() -> None:
    """Nobody wants to know."""


class Caller:
    """A connection to one server; speaks as a session, once signed in."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None, address: str) -> None:
        self._http = httpx.AsyncClient(transport=transport, base_url=address, timeout=TIMEOUT, headers=_PLAIN)
        self.attended: Callable[[], bool] = lambda: True
        """Whether somebody's hand is behind what is asked now; else no session is kept alive by it."""
        self._token: str | None = None
        self._renewing = asyncio.Lock()
        self._sessions = 0
        self.on_unreachable: Callable[[], None] = _nothing
        """Told whenever a question was not answered, or takes long."""
        self.on_refused: Callable[[Problem], Awaitable[bool]] | None = None
        """Asked when a request is refused that can be sent again; True sends it, once for each reason."""

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read or change what is said."""
        url = self._http.base_url
        return url.scheme == "https" or url.host in ("localhost", "127.0.0.1", "::1")

    async def go_by(self, other: Caller) -> None:
        """Go on by the way of ``other``, which is used up by that; whom this one speaks as stays the same."""
        self._http, before = other._http, self._http
        await before.aclose()

    def use_token(self, token: str | None) -> None:
        """Speak as the session of ``token`` from now on, or as nobody."""
        self._token = token
        self._sessions += 1

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def _ask(
        self,
        method: str,
        path: str,
        shape: type[R],
        body: msgspec.Struct | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> R:
        return decoded(await self._send(method, path, body, query, headers), shape)

    async def _send(
        self,
        method: str,
        path: str,
        body: msgspec.Struct | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        content = None if body is None else msgspec.json.encode(body)
        return (await self._exchange(method, path, content, query, headers)).content

    async def _exchange(
        self,
        method: str,
        path: str,
        content: bytes | AsyncIterator[bytes] | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        patience: httpx.Timeout = TIMEOUT,
        once: bool = False,
    ) -> httpx.Response:
        """Ask; again if the session's token was replaced while the question was on its way."""
        token, session = self._token, self._sessions
        reasons: set[str] = set()
        while True:
            try:
                return await self._request(method, path, content, query, headers, patience, once)
            except ApiProblem as refused:
                if content is not None and type(content) is not bytes:
                    raise
                lost = refused.problem.code == "session_ended"
                if not (lost and await self._renewed(token, session)):
                    await self._settled(refused, reasons)
                token, session = self._token, self._sessions

    async def _settled(self, refused: ApiProblem, reasons: set[str]) -> None:
        """Return when the reason of the refusal is gone; raise it otherwise."""
        if self.on_refused is None or refused.problem.code in reasons:
            raise refused
        reasons.add(refused.problem.code)
        if not await self.on_refused(refused.problem):
            raise refused

    async def _renewed(self, token: str | None, session: int) -> bool:
        """Whether the session goes on under another token than ``token``."""
        async with self._renewing:
            return session == self._sessions and token != self._token

    async def _renew(self, path: str, shape: type[R], body: msgspec.Struct, token: Callable[[R], str]) -> R:
        """Ask for what replaces the session's token; the old one is dead from then on."""
        async with self._renewing:
            answer = decoded((await self._request("POST", path, msgspec.json.encode(body))).content, shape)
            self._token = token(answer)
        return answer

    async def _request(
        self,
        method: str,
        path: str,
        content: bytes | AsyncIterator[bytes] | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        patience: httpx.Timeout = TIMEOUT,
        once: bool = False,
    ) -> httpx.Response:
        """What only looks is asked again when it is cut off, unless ``once``: proxies end what was idle."""
        again = method == "GET" and not once
        slow = None if once else asyncio.get_running_loop().call_later(_SLOW, self.on_unreachable)
        own = (headers or {}) | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        own |= {} if path == POLL or self.attended() else {UNATTENDED: "1"}
        try:
            answer = await self._sent(
                again, method, path, content=content, params=query, headers=own, timeout=patience
            )
        except httpx.HTTPError as error:
            self.on_unreachable()
            raise Unreachable(reason(error)) from error
        finally:
            if slow is not None:
                slow.cancel()
        if answer.is_success:
            return answer
        try:
            problem = msgspec.json.decode(answer.content, type=Problem)
        except msgspec.MsgspecError as error:
            self.on_unreachable()
            raise Unreachable(f"HTTP {answer.status_code}") from error
        raise ApiProblem(problem)

    async def _sent(self, again: bool, method: str, path: str, **given: Any) -> httpx.Response:
        try:
            return await self._whole(method, path, **given)
        except _CUT:
            if not again:
                raise
            return await self._whole(method, path, **given)

    async def _whole(self, method: str, path: str, **given: Any) -> httpx.Response:
        """The answer as it came. Raises Unreachable when it does not end where it should."""
        said = bytearray()
        async with self._http.stream(method, path, **given) as answer:
            async for piece in answer.aiter_raw():
                said += piece
                if len(said) > ANSWER_LIMIT:
                    raise Unreachable(_("not a Vestibule server"))
        return httpx.Response(answer.status_code, content=bytes(said), request=answer.request)


def decoded(content: bytes, shape: type[R]) -> R:
    """``content`` as ``shape``. Raises Unreachable when it is something else."""
    try:
        return msgspec.json.decode(content, type=shape)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Unreachable(_("not a Vestibule server")) from error
