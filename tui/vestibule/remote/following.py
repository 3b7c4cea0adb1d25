"""The way to a site that may have moved: where it does not answer, its cloud is asked for its new addresses.

Seldom, and only where the site's connection policy has a path through the cloud. What the cloud says is
judged; a cloud that lies changes nothing.
"""

from __future__ import annotations

import asyncio
import random
import time
from types import ModuleType

from vestibule.config import Folders
from vestibule.i18n import _
from vestibule.models import Path
from vestibule.remote import route
from vestibule.remote.errors import CertificateProblem, Failure, NoPath, Unreachable
from vestibule.remote.route import ORDER, Way
from vestibule.remote.sites import Site, Sites

PATIENCE = 10.0
"""Seconds for a cloud's answer."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 600.0
"""Seconds until it may be asked again; twice as long each time, until the site has answered."""


class Following:
    """Finds the way to one site of the address book, again and again."""

    def __init__(self, folders: Folders, sites: Sites, address: str) -> None:
        self._folders, self._sites, self._address = folders, sites, address
        self._due, self._pause = 0.0, FIRST_PAUSE
        self._failure: Failure | None = None
        """Why the cloud could not help when it was asked last."""

    async def find(self, may_ask: bool = True) -> Way:
        """The best way that is open now; ``may_ask``: the cloud, where none is.

        Raises as ``route.find``; the cloud that was asked in vain is told among the paths.
        """
        site = await asyncio.to_thread(self._sites.get, self._address)
        try:
            way = await route.find(site)
        except Unreachable as failed:
            if not (may_ask and await self._has_moved(site)):
                raise self._with_cloud(site, failed) from None
            way = await route.find(await asyncio.to_thread(self._sites.get, self._address))
        self._pause, self._failure = FIRST_PAUSE, None
        return way

    async def _has_moved(self, site: Site) -> bool:
        """Whether the site's cloud, if it may be asked now, has said something new."""
        if site.paths is None or Path.CLOUD not in ORDER[site.paths.policy] or time.monotonic() < self._due:
            return False
        finding = await asyncio.to_thread(_finding)
        known = await asyncio.to_thread(finding.known_by_cloud, self._folders, self._address)
        if known is None:
            return False
        # Many clients that have lost the same site shall not ask at the same moments.
        self._due = time.monotonic() + self._pause * random.uniform(1.0, 1.5)  # noqa: S311
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._failure, why = None, ""
        try:
            async with asyncio.timeout(PATIENCE):
                is_new: bool = await finding.follow(self._folders, self._sites, known)
                return is_new
        except TimeoutError:
            why = _("no answer in time")
        except (Unreachable, OSError) as error:
            why = str(error)
        self._failure = Failure(None, known.cloud, why)
        return False

    def _with_cloud(self, site: Site, failed: Unreachable) -> Unreachable:
        if self._failure is None or isinstance(failed, CertificateProblem):
            return failed
        if isinstance(failed, NoPath):
            return NoPath([*failed.failures, self._failure])
        (road,) = route.roads(site)
        return NoPath([Failure(road.path, road.address, str(failed)), self._failure])


def _finding() -> ModuleType:
    """In a thread: nothing about clouds is imported before it is needed."""
    from vestibule.remote import finding

    return finding
