"""The site that a command works on: this host's own, or one elsewhere.

Its own with the authority of whoever may read this host's files, one elsewhere as whoever signed in there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vestibule.cli.output import USAGE, Stop
from vestibule.config import folders, links
from vestibule.i18n import _
from vestibule.remote.errors import CertificateChanged, CertificateUnknown
from vestibule.remote.sites import HERE, Site, Sites
from vestibule.text import name_key, visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api
    from vestibule.remote.links import Named
    from vestibule.remote.route import Way

T = TypeVar("T")
_ADDRESS = re.compile(r"\S*[.:/]\S*")


@dataclass(frozen=True)
class Where:
    """What a command was told of the site to work on."""

    address: str = HERE
    password_file: Path | None = None
    """Where the password stands for acts at a site elsewhere that need a fresh proof."""
    fingerprint: str = ""
    """Of the certificate that may be accepted for it, where it has none yet or another one."""
    code: str = ""
    """The one-time code that came with the link to it."""


_where = Where()


def choose(where: Where) -> None:
    """All that follows works there."""
    global _where
    _where = where


def chosen() -> Where:
    """Where the command works."""
    return _where


def known(written: str, sites: Sites) -> str | None:
    """The address of the one site in the address book that is meant by ``written``; None when it is none.

    Raises Stop when several are called so.
    """
    if written == HERE:
        return HERE
    book = [site for site in sites.all() if site.address != HERE]
    found = [site.address for site in book if _is_at(site, written)]
    # A server gives itself its name: it must not be the address of another one.
    if not found and not _ADDRESS.fullmatch(written):
        found = [site.address for site in book if _is_called(site, written)]
    if len(found) > 1:
        several = ", ".join(visible(address) for address in found)
        raise Stop(_("Several sites are called so. Name one of them: %s") % several, USAGE)
    return found[0] if found else None


def _is_at(site: Site, written: str) -> bool:
    """By the address, also without its scheme or its port."""
    place = site.address.partition("://")[2]
    return written.rstrip("/") in {site.address, place, place.rpartition(":")[0]} - {""}


def _is_called(site: Site, written: str) -> bool:
    """By its name or its serial number."""
    by_name = site.info is not None and name_key(site.info.site) == name_key(written)
    return by_name or (site.paths is not None and site.paths.serial_number == written.upper())


def through_cloud(written: str, sites: Sites) -> Named | None:
    """The site that a link through its cloud leads to; None when it is no such link.

    One that is not in the address book yet is looked for and put there. Raises Stop, ApiProblem, Unreachable.
    """
    if "/s/" not in written.lower():  # before anything about clouds is imported
        return None
    from vestibule.cli.cloud_finding import entered

    return entered(written, sites)


def named(written: str, sites: Sites) -> Named:
    """The site that is meant: one of the address book, one that its cloud finds, or what is written.

    Raises Stop when it cannot be an address either, and as :func:`through_cloud`.
    """
    from vestibule.remote.links import Named
    from vestibule.remote.links import named as as_written

    if (found := through_cloud(written, sites)) is not None:
        return found
    try:
        address = known(written, sites)
        return Named(address) if address else as_written(written)
    except ValueError:
        said = _("Write the site's address like http://192.168.1.10:7550 or https://building.example.")
        raise Stop(said, USAGE) from None


def with_api(work: Callable[[Api], Awaitable[T]]) -> T:
    """Run ``work`` on the chosen site. Raises Stop when nobody has signed in there from this machine."""

    async def run() -> T:
        async with _here() if _where.address == HERE else _there() as api:
            return await work(api)

    return asyncio.run(run())


@asynccontextmanager
async def _here() -> AsyncIterator[Api]:
    from vestibule.remote.embedded import open_site

    async with open_site(folders(), links(), as_console=True) as api:
        yield api


@asynccontextmanager
async def _there() -> AsyncIterator[Api]:
    from vestibule.cli.there import SignedIn

    signed_in = SignedIn(_where)
    async with reach(_where) as way:
        await signed_in.enter(way.api)
        yield way.api


@asynccontextmanager
async def reach(where: Where) -> AsyncIterator[Way]:
    """The way to a site elsewhere, signed in as nobody: all commands go through here.

    Raises Stop when its certificate is not accepted, ApiProblem and Unreachable.
    """
    from vestibule.cli import certificate
    from vestibule.remote.following import Following

    sites = Sites(folders())
    following = Following(folders(), sites, where.address)
    while True:
        try:
            way = await following.find()
            break
        except (CertificateUnknown, CertificateChanged) as shown:
            certificate.accept(shown, where.fingerprint)
            sites.pin(where.address, shown.certificate)
    try:
        yield way
    finally:
        await way.api.close()
