"""The API as Python: one method per endpoint, typed models in and out, typed errors."""

from __future__ import annotations

from typing import Any, TypeVar

import httpx
import msgspec

from vestibule.models import (
    AuditPage,
    AuditVerdict,
    Client,
    ClientFields,
    ClientNew,
    ClientPage,
    Code,
    CodeNew,
    Events,
    Me,
    PasswordChange,
    Problem,
    Reauthenticate,
    ServerInfo,
    Session,
    SignIn,
    Sort,
    System,
)
from vestibule.remote.errors import ApiProblem, Unreachable

R = TypeVar("R", bound=msgspec.Struct)
TIMEOUT = httpx.Timeout(10.0, read=30.0)
"""Seconds; reading takes longer than the longest poll."""


class Api:
    """A connection to one server; ``token`` is the session's, once signed in."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None, address: str) -> None:
        self._http = httpx.AsyncClient(transport=transport, base_url=address, timeout=TIMEOUT)
        self._token: str | None = None
        self.session_number = 0
        """Changes with the session's token: an answer to an earlier token says nothing of this one."""

    def use_token(self, token: str | None) -> None:
        """Speak as the session of ``token`` from now on."""
        self._token = token
        self.session_number += 1

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def server(self) -> ServerInfo:
        """What anyone may know of the server."""
        return await self._ask("GET", "/v1/server", ServerInfo)

    async def sign_in(self, request: SignIn) -> Session:
        """Open a session and speak as it from now on."""
        session = await self._ask("POST", "/v1/sessions", Session, request)
        self.use_token(session.token)
        return session

    async def sign_out(self) -> None:
        """End the session."""
        await self._send("DELETE", "/v1/sessions/current")
        self.use_token(None)

    async def me(self) -> Me:
        """Who am I."""
        return await self._ask("GET", "/v1/me", Me)

    async def reauthenticate(self, password: str) -> Session:
        """Prove who I am again; the session's token changes."""
        session = await self._ask("POST", "/v1/me/reauth", Session, Reauthenticate(password=password))
        self.use_token(session.token)
        return session

    async def change_password(self, new: str, current: str | None) -> None:
        """Change my password."""
        await self._send("POST", "/v1/me/password", PasswordChange(new=new, current=current))

    async def clients(
        self,
        *,
        filter_text: str = "",
        sort: Sort = Sort.STATE,
        limit: int = 50,
        at: int = 0,
        cursor: str | None = None,
    ) -> ClientPage:
        """A page of clients, from a position or after a cursor."""
        query: dict[str, Any] = {"filter": filter_text, "sort": sort.value, "limit": limit}
        query |= {"cursor": cursor} if cursor else {"at": at}
        return await self._ask("GET", "/v1/clients", ClientPage, query=query)

    async def client(self, client_id: str) -> Client:
        """One client."""
        return await self._ask("GET", f"/v1/clients/{client_id}", Client)

    async def add_client(self, fields: ClientNew) -> Client:
        """Add a client, with a code unless asked otherwise."""
        return await self._ask("POST", "/v1/clients", Client, fields)

    async def edit_client(self, client_id: str, fields: ClientFields) -> Client:
        """Change what ``fields`` sets."""
        return await self._ask("PATCH", f"/v1/clients/{client_id}", Client, fields)

    async def remove_client(self, client_id: str) -> None:
        """Remove a client for good."""
        await self._send("DELETE", f"/v1/clients/{client_id}")

    async def issue_code(self, client_id: str, minutes: int = 120) -> Code:
        """A new code; the old one is dead."""
        return await self._ask("POST", f"/v1/clients/{client_id}/code", Code, CodeNew(minutes=minutes))

    async def code(self, client_id: str) -> Code:
        """The code that works now."""
        return await self._ask("GET", f"/v1/clients/{client_id}/code", Code)

    async def revoke_code(self, client_id: str) -> None:
        """Make the code useless."""
        await self._send("DELETE", f"/v1/clients/{client_id}/code")

    async def system(self) -> System:
        """The settings in force."""
        return await self._ask("GET", "/v1/system", System)

    async def audit(self, limit: int = 50, cursor: str | None = None) -> AuditPage:
        """Decisions, newest first."""
        query: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        return await self._ask("GET", "/v1/audit", AuditPage, query=query)

    async def verify_audit(self, head: str | None = None) -> AuditVerdict:
        """Verify the chain, and against a head kept elsewhere."""
        query = {"head": head} if head else {}
        return await self._ask("GET", "/v1/audit/verdict", AuditVerdict, query=query)

    async def events(self, after: int, wait: float) -> Events:
        """What changed after ``after``; waits up to ``wait`` seconds (25 at most)."""
        return await self._ask("GET", "/v1/events", Events, query={"after": after, "wait": wait})

    async def _ask(
        self,
        method: str,
        path: str,
        shape: type[R],
        body: msgspec.Struct | None = None,
        query: dict[str, Any] | None = None,
    ) -> R:
        content = await self._send(method, path, body, query)
        try:
            return msgspec.json.decode(content, type=shape)
        except msgspec.MsgspecError as error:
            raise Unreachable("not a Vestibule server") from error

    async def _send(
        self,
        method: str,
        path: str,
        body: msgspec.Struct | None = None,
        query: dict[str, Any] | None = None,
    ) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        content = None if body is None else msgspec.json.encode(body)
        try:
            answer = await self._http.request(method, path, content=content, params=query, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from error
        if answer.is_success:
            return answer.content
        try:
            problem = msgspec.json.decode(answer.content, type=Problem)
        except msgspec.MsgspecError as error:
            raise Unreachable(f"HTTP {answer.status_code}") from error
        raise ApiProblem(problem)
