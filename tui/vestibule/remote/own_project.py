"""The project of one's profile, from a site's cloud to this machine.

The cloud is not believed: what it says must be signed by the site, of one's own profile and no older than
before, and what it sends must be that to the last byte (``cloud_answers``). Until then nothing is replaced.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar, TypeVarTuple

import httpx
import msgspec

from vestibule import cloud_address, signatures
from vestibule.cloud_models import ClientProject, PackageDocument, TicketDocument
from vestibule.config import Folders
from vestibule.i18n import _
from vestibule.models import PackageInfo, Problem
from vestibule.remote.cloud import Cloud, opened
from vestibule.remote.cloud_answers import ForgedAnswerError, OldAnswerError, judged_package
from vestibule.remote.cloud_book import CloudBook, Known
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.kept_project import Kept, Part, Shelf
from vestibule.remote.packages import Progress, unseen
from vestibule.remote.reasons import reason
from vestibule.signatures import ForgedError

T = TypeVar("T")
Given = TypeVarTuple("Given")
_PATIENCE: Final = httpx.Timeout(10.0, read=30.0)
"""Seconds; a line on which nothing comes for so long is cut, and gone on with later."""
_PROBLEM_LIMIT: Final = 64 * 1024
_BEGINS: Final = re.compile(r"bytes (\d+)-")
_TIMES: Final = 3


class NoTicketError(Exception):
    """This machine has no ticket for the site: nobody has signed in there from here."""


class NewerError(Exception):
    """The cloud has another package by now: look again."""


class ProjectCloud(Cloud):
    """A cloud as the holder of a ticket asks it."""

    async def project(self, serial: str) -> ClientProject:
        """What is the newest package of the ticket's profile, as the cloud says."""
        return await self._ask("GET", f"/v1/cloud/sites/{serial}/project", ClientProject)

    @asynccontextmanager
    async def package(
        self, serial: str, start: int, package: PackageInfo
    ) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """The bytes of that package from ``start`` on, and where they begin: there, or at 0.

        Raises NewerError, ApiProblem, Unreachable (RFC 9110 §13.1.5 and §14.2).
        """
        headers = {"Range": f"bytes={start}-", "If-Range": _tag(package), "Accept-Encoding": "identity"}
        headers |= {"Authorization": f"Bearer {self._token}"}
        path = f"/v1/cloud/sites/{serial}/project/package"
        try:
            async with self._http.stream("GET", path, headers=headers, timeout=_PATIENCE) as answer:
                if not answer.is_success:
                    raise await _refusal(answer)
                yield _beginning(answer, start, package), answer.aiter_raw()
        except httpx.HTTPError as error:
            raise Unreachable(reason(error)) from error


def _tag(package: PackageInfo) -> str:
    return f'"{package.sha256}"'


def _beginning(answer: httpx.Response, start: int, package: PackageInfo) -> int:
    if answer.headers.get("ETag", _tag(package)) != _tag(package):
        raise NewerError
    at = 0
    if answer.status_code == httpx.codes.PARTIAL_CONTENT:
        found = _BEGINS.match(answer.headers.get("Content-Range", ""))
        at = int(found[1]) if found else -1
    if at not in (0, start) or answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Unreachable(_("not a Vestibule server"))
    return at


async def _refusal(answer: httpx.Response) -> Exception:
    """The problem that was answered; no more of it is read than one takes."""
    data = b""
    async for piece in answer.aiter_raw():
        data += piece
        if len(data) > _PROBLEM_LIMIT:
            break
    try:
        return ApiProblem(msgspec.json.decode(data, type=Problem))
    except msgspec.MsgspecError:
        return Unreachable(f"HTTP {answer.status_code}")


def profile_of(known: Known) -> str:
    """The profile that the ticket is for; empty without one."""
    try:
        word = known.ticket.reveal if known.ticket is not None else ""
        return signatures.read(signatures.from_token(word), TicketDocument).profile
    except ForgedError:
        return ""


async def look(folders: Folders, known: Known) -> PackageDocument:
    """What is the newest package of one's profile. From then on nothing older is taken.

    Raises NoTicketError, CloudLieError, ApiProblem (``cloud_profile_empty``, ``cloud_ticket_refused``),
    Unreachable, and OSError.
    """
    async with _speaking(known) as cloud:
        try:
            answer = await cloud.project(known.serial)
        except ApiProblem as refused:
            if refused.problem.code == "cloud_ticket_refused":
                await asyncio.to_thread(CloudBook(folders).drop_ticket, known.serial, known.cloud)
            raise
    return await asyncio.to_thread(_noted, folders, known, answer)


def _noted(folders: Folders, known: Known, answer: ClientProject) -> PackageDocument:
    book = CloudBook(folders)
    found = book.get(known.serial, known.cloud)
    kept = Shelf(folders, known.site, known.client).kept()
    # What another window has seen meanwhile counts too; the ticket is the one that was shown.
    number = max(known.number, found.number if found else 0)
    told = judged_package(answer, msgspec.structs.replace(known, number=number))
    if kept is not None and kept.is_newer_than(_kept(known, told)):
        raise OldAnswerError

    def see(kept: Known) -> None:
        kept.number = max(kept.number, told.number)

    if found is not None and told.number > number:
        book.change(known.serial, known.cloud, see)
    return told


def _kept(known: Known, told: PackageDocument) -> Kept:
    return Kept(key=known.key, number=told.number, profile=told.profile, at=told.at, package=told.package)


async def fetch(folders: Folders, known: Known, told: PackageDocument, progress: Progress = unseen) -> Kept:
    """Bring the package that :func:`look` has found to this machine, unless it is here already.

    Cut off it goes on where it was, now or later. Raises NewerError, NoTicketError, CloudLieError,
    ApiProblem, Unreachable, and OSError; what was here before stays then.
    """
    shelf = Shelf(folders, known.site, known.client)
    kept = _kept(known, told)
    async with shelf.alone(told.package, progress):
        before = await asyncio.to_thread(shelf.kept)
        if before is not None and before.package.sha256 == told.package.sha256:
            return await asyncio.to_thread(shelf.keep, kept)
        part = await _to_the_end(shelf.begin, told.package)
        try:
            async with _speaking(known) as cloud:
                await _bring(cloud, told, part, progress)
            return await _to_the_end(shelf.keep, kept, part)
        finally:
            part.close()


async def _bring(cloud: ProjectCloud, told: PackageDocument, part: Part, progress: Progress) -> None:
    whole = told.package.size
    progress(part.done, whole)
    if part.done < whole:
        async with cloud.package(told.serial, part.done, told.package) as (at, pieces):
            if at != part.done:
                part.restart()
            async for piece in pieces:
                if part.done + len(piece) > whole:
                    part.restart()
                    raise ForgedAnswerError
                await _to_the_end(part.append, piece)
                progress(part.done, whole)
    if part.done < whole:
        raise Unreachable(_("the connection was cut"))
    if not part.is_right:
        part.restart()
        raise ForgedAnswerError


async def _to_the_end(work: Callable[[*Given], T], *given: *Given) -> T:
    """Do ``work`` in a thread; who is cancelled waits for it, so that nothing goes on without them."""
    job = asyncio.ensure_future(asyncio.to_thread(work, *given))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        await asyncio.wait({job})
        raise


async def newest(folders: Folders, known: Known, progress: Progress = unseen) -> Kept:
    """Look, and fetch what is not here yet. Raises as those do, but for NewerError."""
    for _time in range(_TIMES):
        told = await look(folders, known)
        try:
            return await fetch(folders, known, told, progress)
        except NewerError:
            continue
    raise Unreachable(_("not a Vestibule server"))


@asynccontextmanager
async def _speaking(known: Known) -> AsyncIterator[ProjectCloud]:
    """The cloud, shown the ticket."""
    if known.ticket is None:
        raise NoTicketError
    try:
        cloud_address.normal(known.cloud)
    except ValueError:
        raise Unreachable(_("this address cannot be used")) from None
    async with opened(known.cloud, known.cloud_fingerprint, ProjectCloud) as cloud:
        assert isinstance(cloud, ProjectCloud)
        cloud.use_token(known.ticket.reveal)
        yield cloud
