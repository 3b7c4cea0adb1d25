"""The way to the server of one site: found, lost, and found again. Imports httpx only when it connects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING, TypeVar

from vestibule.config import Folders
from vestibule.models import Path, ServerInfo
from vestibule.remote.attendance import Attendance
from vestibule.remote.errors import Unreachable
from vestibule.remote.sites import HERE, Site, Sites

if TYPE_CHECKING:
    from vestibule.remote.api import Api
    from vestibule.remote.following import Following
    from vestibule.remote.route import Road, Way

T = TypeVar("T")


class Connecting:
    """The way to one site: its address, and its server once connected."""

    def __init__(self, folders: Folders, address: str, links: str) -> None:
        self.folders = folders
        self.address = address
        self.attendance = Attendance()
        self.unkept = ""
        """Why nothing can be remembered on this machine, in the system's words; empty while it can be."""
        self._links = links
        self._sites = Sites(folders)
        self._info = self._sites.get(address).info
        self._stack = AsyncExitStack()
        self._api: Api | None = None
        self._road: Road | None = None
        self._connecting = asyncio.Lock()
        self._following: Following | None = None

    @property
    def is_here(self) -> bool:
        """Whether this is the machine's own site."""
        return self.address == HERE

    @property
    def needs_setup(self) -> bool:
        """Whether this machine has no site yet."""
        return self.is_here and not self.folders.has_site

    @property
    def others(self) -> list[Site]:
        """The sites elsewhere that this machine knows, the last used first."""
        return [site for site in self._sites.recent() if site.address != HERE]

    @property
    def info(self) -> ServerInfo | None:
        """What the server said of itself, now or last time; None before the first time."""
        return self._info

    @property
    def site_name(self) -> str:
        """The site's name as far as known. Foreign text."""
        return self._info.site if self._info else ""

    @property
    def offers_otp(self) -> bool:
        """Whether one-time codes may be used; assumed until the server said otherwise."""
        return self._info is None or "otp" in self._info.modes

    @property
    def api(self) -> Api:
        """The typed client, once connected."""
        assert self._api is not None
        return self._api

    @property
    def path(self) -> Path | None:
        """By which path one has come, once connected to a site elsewhere that has told its paths."""
        return self._road.path if self._road is not None else None

    @property
    def connected(self) -> bool:
        """Whether :meth:`connect` has succeeded once."""
        return self._api is not None

    async def connect(self) -> ServerInfo:
        """Open the way and ask the server who it is; where it has not answered, look for another way.

        Raises ApiProblem, Unreachable, and CertificateProblem, which is one too: then nothing was sent to the
        server, and after :meth:`accept` it can be tried again.
        """
        async with self._connecting:
            self._info = info = await (self._open() if self._api is None else self._ask(self._api))
        await self._keep(self._sites.remember, info)
        return info

    async def find_again(self, is_lost: bool = True) -> bool:
        """Look for a way anew over all paths, and go on by it as the same session; whether it is another one.

        Unless ``is_lost``, the one there was stays if it is still the best: questions may be under way.
        Raises as :meth:`connect`.
        """
        if self.is_here:
            return False
        async with self._connecting:
            before = self._road
            self._info = await self._go_another_way(self.api, is_lost)
            return self._road != before

    async def accept(self, certificate: bytes) -> None:
        """Accept this certificate, in DER, for this site from now on, in place of any other."""
        await self._keep(self._sites.pin, certificate)

    async def kept_head(self) -> str:
        """The head of the record of decisions when it was last verified from here; empty before that."""
        return (await asyncio.to_thread(self._sites.get, self.address)).audit_head

    async def keep_head(self, head: str) -> None:
        """Keep it for the next time."""
        await self._keep(self._sites.keep_head, head)

    async def _open(self) -> ServerInfo:
        if self.is_here:
            open_site = await asyncio.to_thread(_embedded)
            self._api = await self._stack.enter_async_context(open_site(self.folders, self._links))
            self._api.attended = self.attendance.asks
            return await self._api.server()
        way = await self._find()
        self._stack.push_async_callback(way.api.close)
        self._api, self._road = way.api, way.road
        self._api.attended = self.attendance.asks
        return way.info

    async def _ask(self, api: Api) -> ServerInfo:
        try:
            return await api.server()
        except Unreachable:
            if self.is_here:
                raise
            return await self._go_another_way(api)

    async def _go_another_way(self, api: Api, is_lost: bool = True) -> ServerInfo:
        """All screens have this ``api``: it stays, and goes by another way."""
        way = await self._find()
        if is_lost or way.road != self._road:
            await api.go_by(way.api)
            self._road = way.road
        else:
            await way.api.close()
        return way.info

    async def _find(self) -> Way:
        if self._following is None:
            following = await asyncio.to_thread(_following_kind)
            self._following = following(self.folders, self._sites, self.address)
        return await self._following.find(self.may_ask_cloud)

    @property
    def may_ask_cloud(self) -> bool:
        """Whether the site's cloud may be asked where the site is, as far as that is known here."""
        return True

    def _name_road(self) -> bool:
        """The road may have a name, now that the server has told its paths; whether it is a new one."""
        from vestibule.remote.route import roads

        before, known = self._road, roads(self._sites.get(self.address))
        self._road = next((road for road in known if before and road.address == before.address), before)
        return self._road != before

    async def _keep(self, keep: Callable[[str, T], None], what: T) -> None:
        """Remember something of this site; where the disk cannot be written it goes on without."""
        try:
            await asyncio.to_thread(keep, self.address, what)
        except OSError as error:
            self.unkept = error.strerror or type(error).__name__

    async def close(self) -> None:
        """Close the way."""
        self._api = None
        await self._stack.aclose()


def _following_kind() -> type[Following]:
    """In a thread: importing httpx takes longer than a key may wait."""
    from vestibule.remote.following import Following

    return Following


def _embedded() -> Callable[[Folders, str], AbstractAsyncContextManager[Api]]:
    """In a thread: importing the server takes longer than a key may wait."""
    from vestibule.remote.embedded import open_site, preload

    preload()
    return open_site
