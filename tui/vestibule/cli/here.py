"""The site that a command works on: this host's own, or one elsewhere.

Its own with the authority of whoever may read this host's files, one elsewhere as whoever signed in there.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vestibule.cli.output import USAGE, Stop
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.remote.sites import HERE, Site, Sites, address_of
from vestibule.text import name_key, visible

if TYPE_CHECKING:
    from vestibule.remote.api import Api

T = TypeVar("T")


@dataclass(frozen=True)
class Where:
    """What a command was told of the site to work on."""

    address: str = HERE
    password_file: Path | None = None
    """Where the password stands for acts at a site elsewhere that need a fresh proof."""


_where = Where()


def choose(where: Where) -> None:
    """All that follows works there."""
    global _where
    _where = where


def chosen() -> Where:
    """Where the command works."""
    return _where


def named(written: str, sites: Sites) -> str:
    """The address of the site that somebody means by ``written``: an address, or what the site is called.

    Raises Stop when it is neither, or when several sites are called so.
    """
    if written == HERE:
        return HERE
    try:
        return address_of(written)
    except ValueError:
        found = [site.address for site in sites.all() if _is_called(site, written)]
    if not found:
        said = _("Write the site's address like http://192.168.1.10:7550 or https://building.example.")
        raise Stop(said, USAGE)
    if len(found) > 1:
        several = ", ".join(visible(address) for address in found)
        raise Stop(_("Several sites are called so. Name one of them: %s") % several, USAGE)
    return found[0]


def _is_called(site: Site, written: str) -> bool:
    """By its name, or by its address without the scheme or the port."""
    place = site.address.partition("://")[2]
    called = (place, place.rpartition(":")[0], site.info.site if site.info else "")
    return any(name_key(each) == name_key(written.strip()) for each in called if each)


def links() -> str:
    """The address that links carry, from ``VESTIBULE_PUBLIC_URL``; empty when the settings decide."""
    return os.environ.get("VESTIBULE_PUBLIC_URL", "").rstrip("/")


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

    async with reach(_where.address) as api:
        await SignedIn(api, _where).enter()
        yield api


@asynccontextmanager
async def reach(address: str) -> AsyncIterator[Api]:
    """The way to a site elsewhere, signed in as nobody: all commands go through here.

    The place to decide on an unknown certificate: ask at a terminal, else compare with what was given.
    """
    from vestibule.remote.api import Api

    api = Api(None, address)
    try:
        yield api
    finally:
        await api.close()
