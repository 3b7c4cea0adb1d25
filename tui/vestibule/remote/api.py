"""The API as Python: one method per endpoint, typed models in and out, typed errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO

import httpx
import msgspec

from vestibule.models import (
    Client,
    ClientFields,
    ClientImport,
    ClientImported,
    ClientNew,
    ClientPage,
    Code,
    CodeNew,
    DeviceForget,
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
    Paths,
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
from vestibule.remote.audit_calls import AuditCalls
from vestibule.remote.caller import POLL, Caller, decoded
from vestibule.remote.cloud_calls import CloudCalls
from vestibule.remote.devices import DeviceCalls
from vestibule.remote.packages import Progress, unseen
from vestibule.remote.two_factor import TwoFactorCalls
from vestibule.two_factor_models import Challenge

_ACCEPTED = 202
POLL_GRACE = 8.0
"""Seconds that an answer may be late, also over a bad line, before the line counts as dead."""
PACKAGE_TIMEOUT = httpx.Timeout(10.0, read=300.0, write=60.0)
"""A large package is checked and brought to the disk before the server answers."""


class Api(AuditCalls, CloudCalls, TwoFactorCalls, DeviceCalls, Caller):
    """A connection to one server; ``token`` is the session's, once signed in."""

    async def server(self) -> ServerInfo:
        """What anyone may know of the server."""
        return await self._ask("GET", "/v1/server", ServerInfo)

    async def sign_in(self, request: SignIn) -> Session | Challenge:
        """Open a session and speak as it from now on; or be asked for a second factor."""
        answer = await self._exchange("POST", "/v1/sessions", msgspec.json.encode(request))
        if answer.status_code == _ACCEPTED:
            return decoded(answer.content, Challenge)
        session = decoded(answer.content, Session)
        self.use_token(session.token)
        return session

    async def sign_out(self) -> None:
        """End the session."""
        await self._send("DELETE", "/v1/sessions/current")
        self.use_token(None)

    async def paths(self) -> Paths:
        """By which paths to come next time."""
        return await self._ask("GET", "/v1/paths", Paths)

    async def forget_device(self, token: str) -> None:
        """Sign the device of ``token`` out for good: it and its sessions are gone."""
        await self._send("POST", "/v1/devices/forget", DeviceForget(token=token))

    async def me(self) -> Me:
        """Who am I."""
        return await self._ask("GET", "/v1/me", Me)

    async def reauthenticate(self, password: str) -> Session:
        """Prove who I am again; the session's token changes."""
        body = Reauthenticate(password=password)
        return await self._renew("/v1/me/reauth", Session, body, lambda session: session.token)

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

    async def import_clients(self, sent: ClientImport) -> ClientImported:
        """Add and edit many clients: all, or none when a line is wrong."""
        return await self._ask("POST", "/v1/clients/import", ClientImported, sent)

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
        return decoded(answer.content, PackageProgress)

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

    async def events(self, after: int, wait: float, cloud: str = "", every: bool = False) -> Events:
        """What changed after ``after``; waits up to ``wait`` seconds (25 at most).

        ``cloud``: the mark of the answer before, if it had one. ``every``: answer an admin also when
        something was decided that is no event. Raises Unreachable also when only the waiting was cut off.
        """
        patience = httpx.Timeout(10.0, read=wait + POLL_GRACE)
        query: dict[str, Any] = {"after": after, "wait": wait} | ({"cloud": cloud} if cloud else {})
        query |= {"every": True} if every else {}
        answer = await self._exchange("GET", POLL, query=query, patience=patience, once=wait > 0)
        return decoded(answer.content, Events)

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


def _if_match(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}
