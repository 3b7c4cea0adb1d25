"""A cloud as its clients ask it: where a site is, and for the package of one's profile. See ``finding``."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

import httpx

from vestibule import cloud_address
from vestibule.cloud_models import ClientProject, PackageDocument, SiteAddresses
from vestibule.config import Folders
from vestibule.fingerprint import grouped
from vestibule.i18n import _
from vestibule.remote.caller import Caller
from vestibule.remote.cloud_answers import ForgedAnswerError, judged_package
from vestibule.remote.cloud_book import CloudBook, Known
from vestibule.remote.errors import ApiProblem, CertificateChanged, Unreachable
from vestibule.remote.packages import FETCHED_PIECE, Progress, unseen
from vestibule.remote.reasons import reason
from vestibule.remote.route import PATIENCE
from vestibule.remote.trust import only, shown_by

PACKAGE_TIMEOUT = httpx.Timeout(10.0, read=300.0)


class NoTicketError(Exception):
    """This machine has no ticket for the site: nobody has signed in there from here."""


class Cloud(Caller):
    """A connection to one cloud."""

    async def addresses(self, serial: str) -> SiteAddresses:
        """Where a site is, as the cloud says."""
        return await self._ask("GET", f"/v1/cloud/sites/{serial}/addresses", SiteAddresses)

    async def project(self, serial: str) -> ClientProject:
        """What is the newest package of the ticket's profile, as the cloud says."""
        return await self._ask("GET", f"/v1/cloud/sites/{serial}/project", ClientProject)

    async def piece(self, serial: str, start: int, length: int) -> bytes:
        """Some bytes of that package."""
        headers = {"Range": f"bytes={start}-{start + length - 1}"}
        path = f"/v1/cloud/sites/{serial}/project/package"
        return (await self._exchange("GET", path, headers=headers, patience=PACKAGE_TIMEOUT)).content


@asynccontextmanager
async def opened(address: str, fingerprint: str = "", kind: type[Cloud] = Cloud) -> AsyncIterator[Cloud]:
    """A connection to the cloud at ``address``; ``fingerprint``: of its self-made certificate.

    Raises ValueError for an address that cannot be one, CertificateChanged and Unreachable.
    """
    address = cloud_address.normal(address)
    cloud = kind(await _only(address, fingerprint) if fingerprint else None, address)
    try:
        yield cloud
    finally:
        await cloud.close()


async def _only(address: str, fingerprint: str) -> httpx.AsyncBaseTransport:
    """To who shows the certificate with this ``fingerprint``; it is asked for first."""
    url = httpx.URL(address)
    try:
        async with asyncio.timeout(PATIENCE):
            shown = await shown_by(url.host, url.port or 443, url.host)
    except OSError as error:
        raise Unreachable(reason(error)) from None
    if hashlib.sha256(shown).hexdigest() != fingerprint:
        words = _("it shows another certificate than the one accepted")
        raise CertificateChanged(words, address, shown, grouped(fingerprint))
    return httpx.AsyncHTTPTransport(verify=only(shown))


async def download(
    folders: Folders, known: Known, to: BinaryIO, progress: Progress = unseen
) -> PackageDocument:
    """Write the newest package of one's profile into ``to`` and check it.

    Raises NoTicketError, CloudLieError, ApiProblem (``cloud_profile_empty``, ``cloud_ticket_refused``),
    Unreachable, and OSError.
    """
    if known.ticket is None:
        raise NoTicketError
    book = CloudBook(folders)
    async with opened(known.cloud, known.cloud_fingerprint) as cloud:
        cloud.use_token(known.ticket.reveal)
        try:
            told = judged_package(await cloud.project(known.serial), known)
        except ApiProblem as refused:
            if refused.problem.code == "cloud_ticket_refused":
                await asyncio.to_thread(book.drop_ticket, known.serial, known.cloud)
            raise
        await _fetch(cloud, told, to, progress)
    await asyncio.to_thread(book.change, known.serial, known.cloud, lambda kept: _saw(kept, told.number))
    return told


async def _fetch(cloud: Cloud, told: PackageDocument, to: BinaryIO, progress: Progress) -> None:
    digest, done = hashlib.sha256(), 0
    while done < told.package.size:
        piece = await cloud.piece(told.serial, done, min(FETCHED_PIECE, told.package.size - done))
        if not piece or done + len(piece) > told.package.size:
            break
        digest.update(piece)
        await asyncio.to_thread(to.write, piece)
        done += len(piece)
        progress(done, told.package.size)
    if digest.hexdigest() != told.package.sha256:
        raise ForgedAnswerError


def _saw(known: Known, number: int) -> None:
    known.number = max(known.number, number)
