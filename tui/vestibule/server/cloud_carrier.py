"""Carries versions between a site and its cloud: the site's own there, those of uploaders here."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread

from vestibule.access import arrival, cloud_link, cloud_updates, packages
from vestibule.access.arrival import Arrival
from vestibule.access.cloud_beats import Copy
from vestibule.access.cloud_link import Plan
from vestibule.access.hook_runner import HookRunner
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.cloud_models import CloudNews, Offered, VersionDocument
from vestibule.models import PackageInfo, PackageNew
from vestibule.server.cloud_caller import CloudCaller, CloudTrouble
from vestibule.server.events import Bell
from vestibule.store.engine import Store

_PIECE = 1024**2
_FOLLOW_SECONDS = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 600.0
_PASSING = frozenset({"disk_full", "package_offset", "busy"})
"""Refusals of a package that say nothing about what was offered."""
Alive = Callable[[], Awaitable[bool]]
"""Called between pieces: stays the process that speaks."""


class Carrier:
    """For one site."""

    def __init__(self, store: Store, folder: Path, hooks: HookRunner, bell: Bell) -> None:
        self._store, self._folder, self._hooks, self._bell = store, folder, hooks, bell
        self._decided = 0
        self._not_before = 0.0
        self._pause = _FIRST_PAUSE
        self._following = False

    def begin_anew(self) -> None:
        """The cloud, perhaps another, counts its offers from one again."""
        self._decided = 0

    def patience(self) -> float:
        """Seconds after which there may be something to do though nothing has happened."""
        waits = self._not_before - time.monotonic()
        return _FOLLOW_SECONDS if self._following else max(_FOLLOW_SECONDS, waits) if waits > 0 else 3600.0

    async def leave(self, caller: CloudCaller, copy: Copy, alive: Alive) -> CloudNews:
        """Bring a version of the site's own to the cloud, packages first."""
        for info in copy.packages:
            here = await caller.announce(info)
            if here.received < info.size:
                await self._send(caller, info, here.received, alive)
        return await caller.keep(copy)

    async def _send(self, caller: CloudCaller, info: PackageInfo, offset: int, alive: Alive) -> None:
        path = packages.whole(self._folder, info.sha256)
        try:
            file = await to_thread.run_sync(path.open, "rb")
        except FileNotFoundError:
            raise CloudTrouble("package_unknown") from None
        try:
            await caller.append(info.sha256, offset, _pieces(file, offset, alive))
        finally:
            file.close()

    async def take(self, caller: CloudCaller, plan: Plan, seq: int, alive: Alive) -> None:
        """Take up the offer ``seq`` unless it is decided already; wrong ones ever more slowly."""
        if seq == self._decided or time.monotonic() < self._not_before:
            return
        offered = await caller.offer()
        self._decided = seq
        who, signer, pause = cloud_link.who(plan), "", self._pause
        try:
            judged = await to_thread.run_sync(self._judge, offered, plan.serial)
            if judged is not None:
                signer, document = judged
                await self._fetch_all(caller, who, document, alive)
                await to_thread.run_sync(self._apply, who, offered, judged)
                self._following, pause = True, 0.0
        except CloudTrouble:
            self._decided = 0
            raise
        except Refused as refused:
            if refused.code in _PASSING:
                self._decided = 0
                raise CloudTrouble(refused.code) from None
            await to_thread.run_sync(self._refuse, who, offered, signer, refused.code)
        self._not_before = time.monotonic() + pause
        self._pause = min(pause * 2, _LONGEST_PAUSE) or _FIRST_PAUSE
        self._bell.ring_from_thread()

    async def follow(self, plan: Plan) -> None:
        """See whether the hooks of the last update have ended, and how."""
        who = cloud_link.who(plan)
        await to_thread.run_sync(cloud_updates.follow, self._store, who, self._folder, self._hooks)

        def running() -> bool:
            with self._store.read() as tx:
                return cloud_updates.is_running(tx)

        self._following = await to_thread.run_sync(running)
        self._bell.ring_from_thread()

    def _judge(self, offered: Offered, serial: str) -> tuple[str, VersionDocument] | None:
        """Who signed it and what it is; None when it was decided before this process began."""
        with self._store.read() as tx:
            if cloud_updates.handled(tx, offered):
                return None
            return cloud_updates.judge(tx, offered, serial)

    def _apply(self, who: Principal, offered: Offered, judged: tuple[str, VersionDocument]) -> None:
        cloud_updates.apply(self._store, who, offered, judged, self._folder, self._hooks)

    def _refuse(self, who: Principal, offered: Offered, signer: str, code: str) -> None:
        with self._store.write() as tx:
            cloud_updates.refuse(tx, who, offered, signer, code)

    async def _fetch_all(
        self, caller: CloudCaller, who: Principal, document: VersionDocument, alive: Alive
    ) -> None:
        infos = {info.sha256: info for info in document.profiles.values()}
        if document.package is not None:
            infos[document.package.sha256] = document.package
        for info in infos.values():
            await self._fetch(caller, who, info, alive)

    async def _fetch(self, caller: CloudCaller, who: Principal, info: PackageInfo, alive: Alive) -> None:
        """Bring a package here as an upload would, going on where an earlier try ended."""
        new = PackageNew(sha256=info.sha256, size=info.size, name=info.name)
        here = await to_thread.run_sync(arrival.begin, self._store, who, self._folder, new)
        if here.received == info.size:
            return
        coming = await to_thread.run_sync(Arrival, self._folder, info.sha256, info.size, here.received)
        try:
            at = here.received
            async for piece in caller.package(info.sha256, at):
                await to_thread.run_sync(coming.append, at, piece)
                at += len(piece)
                await alive()
            if at < info.size:
                raise CloudTrouble("cloud_unreachable")
            await to_thread.run_sync(coming.finish, self._store, who)
        finally:
            coming.close()


async def _pieces(file: BinaryIO, offset: int, alive: Alive) -> AsyncIterator[bytes]:
    await to_thread.run_sync(file.seek, offset)
    while piece := await to_thread.run_sync(file.read, _PIECE):
        yield piece
        await alive()
