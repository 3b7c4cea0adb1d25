"""Asking one server: requests out, typed answers and typed errors back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import httpx
import msgspec

from vestibule.device_models import UNATTENDED
from vestibule.i18n import _
from vestibule.models import Problem
from vestibule.remote.errors import ApiProblem, Unreachable

R = TypeVar("R")
TIMEOUT = httpx.Timeout(10.0, read=30.0)
"""Seconds; reading takes longer than the longest poll."""


EVENTS = "/v1/events"


class Caller:
    """A connection to one server; speaks as a session, once signed in."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None, address: str) -> None:
        self._http = httpx.AsyncClient(transport=transport, base_url=address, timeout=TIMEOUT)
        self.attended: Callable[[], bool] = lambda: True
        """Whether somebody's hand is behind what is asked now; else no session is kept alive by it."""
        self._token: str | None = None
        self._renewing = asyncio.Lock()
        self._sessions = 0

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
    ) -> httpx.Response:
        """Ask once; again if the session's token was replaced while the question was on its way."""
        token, session = self._token, self._sessions
        while True:
            try:
                return await self._request(method, path, content, query, headers, patience)
            except ApiProblem as refused:
                lost = refused.problem.code == "session_ended" and (content is None or type(content) is bytes)
                if not lost or not await self._renewed(token, session):
                    raise
                token = self._token

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
    ) -> httpx.Response:
        own = (headers or {}) | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        own |= {} if path == EVENTS or self.attended() else {UNATTENDED: "1"}
        try:
            answer = await self._http.request(
                method, path, content=content, params=query, headers=own, timeout=patience
            )
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from error
        if answer.is_success:
            return answer
        try:
            problem = msgspec.json.decode(answer.content, type=Problem)
        except msgspec.MsgspecError as error:
            raise Unreachable(f"HTTP {answer.status_code}") from error
        raise ApiProblem(problem)


def decoded(content: bytes, shape: type[R]) -> R:
    """``content`` as ``shape``. Raises Unreachable when it is something else."""
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.MsgspecError as error:
        raise Unreachable(_("not a Vestibule server")) from error
