"""The API as Python: one method per endpoint, typed models in and out, typed errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

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
    Licence,
    LicenceNew,
    Licences,
    Me,
    OutstandingCodes,
    PackageInfo,
    PackageNew,
    PackageProgress,
    PasswordChange,
    Problem,
    Reauthenticate,
    Restore,
    Retention,
    Reveal,
    Revealed,
    ServerInfo,
    Session,
    SignIn,
    Sort,
    System,
    SystemChange,
    Version,
    VersionPage,
)
from vestibule.remote import packages
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.packages import Progress, unseen

R = TypeVar("R", bound=msgspec.Struct)
TIMEOUT = httpx.Timeout(10.0, read=30.0)
"""Seconds; reading takes longer than the longest poll."""
PACKAGE_TIMEOUT = httpx.Timeout(10.0, read=300.0, write=60.0)
"""A large package is checked and brought to the disk before the server answers."""


class Api:
    """A connection to one server; ``token`` is the session's, once signed in."""

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
        self.renewing = True
        try:
            session = await self._ask("POST", "/v1/me/reauth", Session, Reauthenticate(password=password))
            self.use_token(session.token)
        finally:
            self.renewing = False
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
        admins: bool = False,
    ) -> ClientPage:
        """A page of clients, from a position or after a cursor; with ``admins`` only those."""
        query: dict[str, Any] = {"filter": filter_text, "sort": sort.value, "limit": limit}
        query |= {"cursor": cursor} if cursor else {"at": at}
        query |= {"admins": True} if admins else {}
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

    async def change_system(self, change: SystemChange, version: int) -> System:
        """Make the next version; refused unless ``version`` is still in force."""
        return await self._ask("PUT", "/v1/system", System, change, headers=_if_match(version))

    async def reveal(self, name: str) -> Revealed:
        """A secret in clear."""
        return await self._ask("POST", "/v1/system/reveal", Revealed, Reveal(name=name))

    async def versions(self, limit: int = 50, cursor: str | None = None) -> VersionPage:
        """Versions, newest first."""
        query: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        return await self._ask("GET", "/v1/project/versions", VersionPage, query=query)

    async def version(self, number: int) -> Version:
        """One version with its settings."""
        return await self._ask("GET", f"/v1/project/versions/{number}", Version)

    async def restore(self, number: int, version: int, note: str = "") -> System:
        """Take version ``number`` up again; refused unless ``version`` is still in force."""
        path = f"/v1/project/versions/{number}/restore"
        return await self._ask("POST", path, System, Restore(note=note), headers=_if_match(version))

    async def retention(self) -> Retention:
        """How many versions are kept."""
        return await self._ask("GET", "/v1/project/retention", Retention)

    async def keep_versions(self, count: int) -> Retention:
        """Keep ``count`` versions from now on."""
        return await self._ask("PUT", "/v1/project/retention", Retention, Retention(versions_kept=count))

    async def package_begin(self, new: PackageNew) -> PackageProgress:
        """Announce a package, or ask how much of it has arrived."""
        return await self._ask("POST", "/v1/project/packages", PackageProgress, new)

    async def package_append(self, sha256: str, offset: int, pieces: AsyncIterator[bytes]) -> PackageProgress:
        """Send what comes at ``offset``; what has arrived stays when this is cut or cancelled."""
        path = f"/v1/project/packages/{sha256}"
        kind = {"Content-Type": "application/octet-stream"}
        answer = await self._exchange("PATCH", path, pieces, {"offset": offset}, kind, PACKAGE_TIMEOUT)
        return _decoded(answer.content, PackageProgress)

    async def package_forget(self, sha256: str) -> None:
        """Give up a package that no version has."""
        await self._send("DELETE", f"/v1/project/packages/{sha256}")

    async def package_piece(self, number: int, start: int, length: int) -> bytes:
        """Some bytes of a version's package."""
        headers = {"Range": f"bytes={start}-{start + length - 1}"}
        path = f"/v1/project/versions/{number}/package"
        return (await self._exchange("GET", path, headers=headers, patience=PACKAGE_TIMEOUT)).content

    async def upload_package(self, path: Path, progress: Progress = unseen) -> PackageProgress:
        """Upload the file at ``path``, going on where an earlier upload ended."""
        return await packages.upload(self, path, progress)

    async def download_package(self, number: int, to: BinaryIO, progress: Progress = unseen) -> PackageInfo:
        """Write the package of version ``number`` into ``to``."""
        return await packages.download(self, number, to, progress)

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

    async def licences(self) -> Licences:
        """All licences, their seats, and the clients to be seated."""
        return await self._ask("GET", "/v1/licences", Licences)

    async def add_licence(self, new: LicenceNew) -> Licence:
        """Take a licence up."""
        return await self._ask("POST", "/v1/licences", Licence, new)

    async def remove_licence(self, licence_id: str) -> None:
        """Give a licence up."""
        await self._send("DELETE", f"/v1/licences/{licence_id}")

    async def codes(self, limit: int = 500, cursor: str | None = None) -> OutstandingCodes:
        """Codes that would still be taken, the first to end first."""
        query: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        return await self._ask("GET", "/v1/codes", OutstandingCodes, query=query)

    async def _ask(
        self,
        method: str,
        path: str,
        shape: type[R],
        body: msgspec.Struct | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> R:
        return _decoded(await self._send(method, path, body, query, headers), shape)

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


def _decoded(content: bytes, shape: type[R]) -> R:
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.MsgspecError as error:
        raise Unreachable("not a Vestibule server") from error


def _if_match(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}
