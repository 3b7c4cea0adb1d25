"""A cloud as those ask it who look for a site."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx

from vestibule import cloud_address, pinned
from vestibule.cloud_models import SiteAddresses
from vestibule.config import Folders
from vestibule.i18n import _
from vestibule.remote import route
from vestibule.remote.caller import Caller
from vestibule.remote.cloud_answers import Found, judged
from vestibule.remote.cloud_book import CloudBook, Known
from vestibule.remote.cloud_links import Sought
from vestibule.remote.errors import ApiProblem, CertificateUnknown, Unreachable
from vestibule.remote.race import first_good
from vestibule.remote.reasons import reason
from vestibule.remote.route import Road
from vestibule.remote.sites import Site, Sites
from vestibule.remote.trust import shown_by

PACKAGE_TIMEOUT = httpx.Timeout(10.0, read=300.0)


class Cloud(Caller):
    """A connection to one cloud."""

    async def addresses(self, serial: str) -> SiteAddresses:
        """Where a site is, as the cloud says."""
        return await self._ask("GET", f"/v1/cloud/sites/{serial}/addresses", SiteAddresses)


@asynccontextmanager
async def opened(address: str, fingerprint: str = "", kind: type[Cloud] = Cloud) -> AsyncIterator[Cloud]:
    """A connection to the cloud at ``address``; ``fingerprint``: of its self-made certificate.

    Raises ValueError for an address that cannot be one, Unreachable.
    """
    transport = await asyncio.to_thread(_transport, cloud_address.normal(address), fingerprint)
    cloud = kind(transport, cloud_address.normal(address))
    try:
        yield cloud
    finally:
        await cloud.close()


def _transport(address: str, fingerprint: str) -> httpx.AsyncBaseTransport | None:
    """In a thread: the certificate is looked at first, and a TLS context takes 40 ms to make."""
    if not fingerprint:
        return None
    url = httpx.URL(address)
    try:
        return httpx.AsyncHTTPTransport(verify=pinned.context(url.host, url.port or 443, fingerprint))
    except pinned.CertificateDiffersError:
        raise Unreachable(_("it shows another certificate than the one accepted")) from None
    except OSError as error:
        raise Unreachable(reason(error)) from None


async def find(folders: Folders, sought: Sought, fingerprint: str = "") -> Found:
    """Find a site by its serial number; ``fingerprint``: of the cloud's self-made certificate.

    Raises CloudLieError, ApiProblem (``cloud_site_unknown`` when it is not there or not to be found),
    Unreachable.
    """
    book = CloudBook(folders)
    known = book.get(sought.serial, sought.cloud)
    mark = fingerprint or (known.cloud_fingerprint if known else "")
    async with opened(sought.cloud, mark) as cloud:
        answer = await _addresses(cloud, book, known, sought.serial)
    found = judged(answer, sought, known, mark)
    if found.trusted:
        await asyncio.to_thread(remember, book, found)
    return found


async def _addresses(cloud: Cloud, book: CloudBook, known: Known | None, serial: str) -> SiteAddresses:
    if known is not None and known.ticket is not None:
        cloud.use_token(known.ticket.reveal)
        try:
            return await cloud.addresses(serial)
        except ApiProblem as refused:
            if refused.problem.code != "cloud_ticket_refused":
                raise
            await asyncio.to_thread(book.drop_ticket, known.serial, known.cloud)
            cloud.use_token(None)
    return await cloud.addresses(serial)


def remember(book: CloudBook, found: Found) -> None:
    """Keep the key of a site that was found: forged and old answers are recognised by it from now on."""

    def change(known: Known) -> None:
        known.key, known.counter = found.key, max(found.counter, known.counter)
        known.cloud_fingerprint = found.cloud_fingerprint

    book.change(found.serial, found.cloud, change)


async def enter(found: Found, sites: Sites) -> str:
    """Put a site into the address book, with its paths and its certificate; the address it has there.

    It is the first that shows the certificate which the site has named, or where it has named none, that an
    authority vouches for. Raises Unreachable when there is none.
    """
    doors = found.doors
    if not doors:
        raise Unreachable(_("the site names no address"))
    try:
        address, certificate = await first_good([partial(_knock, found, door) for door in doors], _let_go)
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    if certificate is not None:
        await asyncio.to_thread(sites.pin, address, certificate)
    await asyncio.to_thread(sites.keep_paths, address, found.paths)
    return address


async def _knock(found: Found, door: Road) -> tuple[str, bytes | None]:
    if not found.fingerprint or door.address == found.paths.addresses.cloud:
        await (await route.find(Site(address=door.address))).api.close()
        return door.address, None
    url = httpx.URL(door.address)
    try:
        async with asyncio.timeout(route.PATIENCE):
            shown = await shown_by(url.host, url.port or 443, url.host)
    except OSError as error:
        raise Unreachable(reason(error)) from None
    if not found.accepts(shown):
        raise CertificateUnknown(_("it is not the one that the site has named"), door.address, shown)
    return door.address, shown


async def _let_go(_door: tuple[str, bytes | None]) -> None:
    """Another one was faster."""
