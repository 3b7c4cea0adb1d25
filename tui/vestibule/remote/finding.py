"""A site is found through its cloud: by who looks for it, and again by who knows it already.

What the cloud says is judged by ``cloud_answers``. No entry of the address book is changed by what another
site says of itself: an entry is moved only by the site that it is known to be, by its key.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import httpx

from vestibule import cloud_address
from vestibule.cloud_models import SiteAddresses
from vestibule.config import Folders
from vestibule.i18n import _
from vestibule.models import Path
from vestibule.remote import host_names, route
from vestibule.remote.cloud import Cloud, opened
from vestibule.remote.cloud_answers import (
    CloudLieError,
    Found,
    OldAnswerError,
    SiteKeyChangedError,
    judged,
)
from vestibule.remote.cloud_book import CloudBook, Known
from vestibule.remote.cloud_links import Sought
from vestibule.remote.errors import ApiProblem, CertificateUnknown, Failure, NoPath, Unreachable
from vestibule.remote.race import first_good
from vestibule.remote.reasons import reason
from vestibule.remote.route import Road
from vestibule.remote.sites import Site, Sites
from vestibule.remote.trust import is_refusal, shown_by
from vestibule.remote.usual_cloud import accepted_for


async def find(folders: Folders, sought: Sought, fingerprint: str = "") -> Found:
    """Find a site by its serial number; ``fingerprint``: of the cloud's self-made certificate, once.

    What is known of the site by its key is kept. Raises CloudLieError, ApiProblem (``cloud_site_unknown``
    when it is not there or not to be found), CertificateUnknown and CertificateChanged when the cloud's
    certificate must be accepted first (nothing was sent to it then), Unreachable and OSError.
    """
    book = CloudBook(folders)
    try:
        host_names.check(httpx.URL(cloud_address.normal(sought.cloud)).raw_host.decode())
    except (ValueError, httpx.InvalidURL):  # a site has named it
        raise Unreachable(_("this address cannot be used")) from None
    known = book.get(sought.serial, sought.cloud)
    mark = fingerprint or (known.cloud_fingerprint if known else "") or accepted_for(folders, sought.cloud)
    try:
        async with opened(sought.cloud, mark) as cloud:
            answer = await _addresses(cloud, book, known, sought.serial)
    except Unreachable as error:
        if mark or not is_refusal(error):
            raise
        words = _("its certificate has not been accepted yet")
        raise CertificateUnknown(words, sought.cloud, await _shown(sought.cloud)) from None
    except ApiProblem as refused:
        if refused.problem.code != "not_found":
            raise
        raise Unreachable(_("the server there is no cloud")) from None
    found = judged(answer, sought, known, mark)
    if found.trusted:
        await asyncio.to_thread(_remember, book, found)
    return found


async def _shown(address: str) -> bytes:
    """The certificate that is shown at ``address``. Raises Unreachable."""
    try:
        url = httpx.URL(address)
        async with asyncio.timeout(route.PATIENCE):
            return await shown_by(url.host, url.port or 443, url.host)
    except httpx.InvalidURL:
        raise Unreachable(_("this address cannot be used")) from None
    except OSError as error:
        raise Unreachable(reason(error)) from None


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


def _remember(book: CloudBook, found: Found) -> None:
    """Keep the key of a site that was found: forged and old answers are recognised by it from now on."""

    def change(known: Known) -> None:
        known.key, known.counter = found.key, max(found.counter, known.counter)
        known.cloud_fingerprint = found.cloud_fingerprint

    book.change(found.serial, found.cloud, change)


def trust(folders: Folders, found: Found) -> Found:
    """Take the site's key for its own from now on: somebody has compared it."""
    _remember(CloudBook(folders), found)
    return replace(found, trusted=True)


# --- into the address book --------------------------------------------------------------------


async def enter(found: Found, folders: Folders, sites: Sites) -> str:
    """Put a site into the address book, with its paths and its certificate; the address it has there.

    One that is there already keeps its address. A new one has the first that shows the certificate which the
    site has named, or where it has named none, that an authority vouches for. Raises Unreachable when there
    is none, or when another site of the book is there, and OSError.
    """
    address, certificate = await _first_open(found)
    book = CloudBook(folders)
    known, there = book.get(found.serial, found.cloud), [site.address for site in sites.all()]
    if known is not None and known.site in there:
        address = known.site
    elif address in there:
        if sites.get(address).certificate != certificate:
            words = _("another site of this machine's address book is at %s; forget that one first")
            raise Unreachable(words % address)
        return address  # as it is: what it has told us itself counts more than what a link says of it
    else:
        await asyncio.to_thread(book.enter, found.serial, found.cloud, address)
    await asyncio.to_thread(_keep, found, sites, address, certificate)
    return address


def known_by_cloud(folders: Folders, address: str) -> Known | None:
    """How the site at ``address`` in the address book is known by a cloud; None when it is not."""
    return CloudBook(folders).at(address)


async def follow(folders: Folders, sites: Sites, known: Known) -> bool:
    """Ask the cloud anew where a site of the address book is, and keep that; whether it is something new.

    The certificate that the site names now is taken from the first address that shows it. Raises
    Unreachable, also when the cloud refuses or lies; nothing is changed then. And OSError.
    """
    try:
        found = await find(folders, Sought(known.serial, known.cloud))
    except CloudLieError as lie:
        raise Unreachable(_why(lie)) from None
    except ApiProblem:
        raise Unreachable(_("this cloud does not say where the site is")) from None
    before = sites.get(known.site)
    certificate = before.certificate
    if found.fingerprint and not (certificate and found.accepts(certificate)):
        try:
            _address, certificate = await _first_open(found)
        except Unreachable:  # it may be elsewhere and away: that it has moved is worth knowing all the same
            certificate = None
    await asyncio.to_thread(_keep, found, sites, known.site, certificate)
    return sites.get(known.site) != before


def _why(lie: CloudLieError) -> str:
    if isinstance(lie, SiteKeyChangedError):
        return _("this cloud shows another key of the site; nothing of it was taken")
    if isinstance(lie, OldAnswerError):
        return _("this cloud says something older than before; nothing of it was taken")
    return _("the site has not signed what this cloud says; nothing of it was taken")


def _keep(found: Found, sites: Sites, address: str, certificate: bytes | None) -> None:
    if certificate is not None:
        sites.pin(address, certificate)
    sites.keep_paths(address, found.paths)
    sites.keep_seen(address, found.seen_at if found.fingerprint else "")


async def _first_open(found: Found) -> tuple[str, bytes | None]:
    """The best address at which the site is, and the certificate it shows there if it is its own."""
    doors = found.doors
    if not doors:
        raise Unreachable(_("the site names no address"))
    try:
        return await first_good([partial(_knock, found, door) for door in doors], _let_go)
    except ExceptionGroup as failed:
        whys = zip(doors, failed.exceptions, strict=True)
        raise NoPath([Failure(door.path, door.address, str(why)) for door, why in whys]) from None


async def _knock(found: Found, door: Road) -> tuple[str, bytes | None]:
    if not found.fingerprint or (door.path is Path.CLOUD and found.paths.addresses.cloud):
        await (await route.find(Site(address=door.address))).api.close()
        return door.address, None
    shown = await _shown(door.address)
    if not found.accepts(shown):
        raise Unreachable(_("its certificate is not the one that the site has named"))
    return door.address, shown


async def _let_go(_door: tuple[str, bytes | None]) -> None:
    """Another one was faster."""
