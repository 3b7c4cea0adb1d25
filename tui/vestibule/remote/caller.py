"""Asking one server: requests out, typed answers and typed errors back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar

import httpx
import msgspec

from vestibule.models import Problem
from vestibule.remote.errors import ApiProblem, Unreachable

R = TypeVar("R")
TIMEOUT = httpx.Timeout(10.0, read=30.0)
"""Seconds; reading takes longer than the longest poll."""


class Caller:
    """A connection to one server; speaks as a session, once signed in."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None, address: str) -> None:
        self._http = httpx.AsyncClient(transport=transport, base_url=address, timeout=TIMEOUT)
        self._token: str | None = None
        self.renewing = False
        """While the token is being replaced; the old one may be dead already."""
        self.session_number = 0
        """Changes with the session's token: an answer to an earlier token says nothing of this one."""

    def use_token(self, token: str | None) -> None:
        """Speak as the session of ``token`` from now on."""
        self._token = token
        self.session_number += 1

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
        own = (headers or {}) | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
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
        raise Unreachable("not a Vestibule server") from error
