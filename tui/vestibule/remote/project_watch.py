"""Looks after the project of whoever is signed in: what the cloud has, what is here, and bringing it here.

In the background, from the first moment after signing in: no screen waits for it. It looks again when the
site has a new version, and goes on by itself after a lost connection, ever more seldom.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from vestibule.i18n import _
from vestibule.models import Events
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.project_pace import Pace
from vestibule.remote.project_view import ProjectView

if TYPE_CHECKING:
    from vestibule.cloud_models import PackageDocument
    from vestibule.remote.cloud_book import Known
    from vestibule.remote.connection import Connection
    from vestibule.remote.kept_project import Kept, Shelf

_SEEN_EACH, _SEEN_EACH_IF_SLOW = 0.25, 2.0
_NEW_VERSION: Final = frozenset({"system.uploaded", "system.restored"})
_OWN: Final = "client.edited"
_LEAVING = 3.0


class ProjectWatch:
    """Of one connection; everything stops when its client signs out."""

    def __init__(self, connection: Connection) -> None:
        self.view = ProjectView()
        self._connection = connection
        self._listeners: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._fetching: asyncio.Future[Kept] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._coming: asyncio.TimerHandle | None = None
        self._forget()

    def _forget(self) -> None:
        self._asked = False
        self._declined = 0
        self._renew = False
        self._refused = False
        self._arrived = 0
        self._pace = Pace()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Tell ``listener`` whenever the view is another; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def show(self, view: ProjectView) -> None:
        """This is how it stands now."""
        if view != self.view:
            self.view = view
            for listener in list(self._listeners):
                listener()

    # --- from outside -------------------------------------------------------------------------

    def begin(self) -> None:
        """Somebody has signed in. On a machine that everybody uses nothing is kept, here all is there."""
        connection = self._connection
        if connection.client is None or connection.is_shared or connection.is_here:
            return
        if self._task is None:
            self._task = asyncio.create_task(self._run(connection.client.id))
        else:
            self._wake.set()

    def end(self) -> None:
        """Nobody is signed in any more. What has arrived stays, for the next time."""
        if self._coming is not None:
            self._coming.cancel()
            self._coming = None
        if self._task is not None:
            self._task.cancel()
            self._ending.add(self._task)
            self._task.add_done_callback(self._ending.discard)
            self._task = self._fetching = None
        self._forget()
        self.show(ProjectView())

    async def close(self) -> None:
        """End, and wait for what is being written."""
        self.end()
        if self._ending:
            await asyncio.wait(set(self._ending), timeout=_LEAVING)

    def get(self) -> None:
        """Somebody wants it here, now."""
        self._asked, self._declined = True, 0
        self._pace.forward()
        self._wake.set()

    def stop(self) -> None:
        """Somebody wants no more of it; of a newer version it may begin by itself again."""
        self._asked = False
        self._declined = self.view.told.number if self.view.told else 0
        if self._fetching is not None:
            self._fetching.cancel()
        else:
            self.show(replace(self.view, wanted=False))
            self._wake.set()

    def news(self, events: Events) -> None:
        """A new version is in force, or one's own access has changed: the cloud hears of it by and by."""
        client = self._connection.client
        mine = [event for event in events.events if client is not None and event.subject == client.id]
        is_edited = any(event.action == _OWN for event in mine)
        self._renew |= is_edited
        if events.reset or is_edited or any(event.action in _NEW_VERSION for event in events.events):
            self._look_in(self._pace.expect(self.view.told.number if self.view.told else 0))

    def line(self, lost: bool) -> None:
        """The site is back: what has happened meanwhile?"""
        if not lost:
            self._look_in(self._pace.aside())

    def _look_in(self, seconds: float) -> None:
        if self._coming is None:
            self._coming = asyncio.get_running_loop().call_later(seconds, self._look_now)

    def _look_now(self) -> None:
        self._coming = None
        self._wake.set()

    # --- one round after the other ------------------------------------------------------------

    async def _run(self, client: str) -> None:
        shelf = await asyncio.to_thread(_shelf, self._connection, client)
        unsubscribe = self._connection.live.subscribe(self)
        try:
            while True:
                self._wake.clear()
                pause = await self._round(client, shelf)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
        finally:
            unsubscribe()

    async def _round(self, client: str, shelf: Shelf) -> float | None:
        """Look, and fetch what is wanted; seconds until the next time, None: until something happens."""
        from vestibule.remote.cloud_answers import CloudLieError
        from vestibule.remote.own_project import NewerError

        try:
            return await self._try(client, shelf)
        except NewerError:
            return self._at_once_or_later()
        except Unreachable as error:
            return self._later(error)
        except ApiProblem as refused:
            return self._after_refusal(refused)
        except (CloudLieError, OSError) as error:
            self._asked = False
            told = self.view.told
            arrived = await asyncio.to_thread(_size, shelf, told) if told is not None else 0
            self.show(replace(self.view, trouble=error, again=False, wanted=False, arrived=arrived))
            return self._pace.next_look()

    async def _try(self, client: str, shelf: Shelf) -> float | None:
        from vestibule.remote.own_project import look, profile_of

        known = await self._known(client)
        kept = await asyncio.to_thread(shelf.kept)
        if known is None or not (profile := profile_of(known)):
            self.show(ProjectView(kept=kept))
            return None
        if kept is not None and kept.profile != profile:
            await asyncio.to_thread(shelf.forget)  # it is not theirs any more
            kept = None
        self.show(replace(self.view, kept=kept))
        told = await look(self._connection.folders, known)
        self._refused = False
        self._pace.saw(told.number)
        await self._take_up(known, told, shelf)
        return self._pace.next_look()

    async def _known(self, client: str) -> Known | None:
        """What is known at the cloud, with a ticket that is good for a while; None without one."""
        from vestibule.remote import ticket
        from vestibule.remote.cloud_book import CloudBook

        connection = self._connection
        folders, address, own = connection.folders, connection.address, connection.client
        may_ask = connection.info is not None and connection.info.cloud and connection.api.is_private
        if may_ask and own is not None:
            renewed = await ticket.renew(connection.api, folders, address, own, anew=self._renew)
            self._renew &= not renewed
        known = await asyncio.to_thread(CloudBook(folders).of, address, client)
        return known if known is not None and known.ticket is not None else None

    async def _take_up(self, known: Known, told: PackageDocument, shelf: Shelf) -> None:
        """Fetch it if that is wanted; of what is here already the version is noted."""
        is_here = self.view.kept is not None and self.view.kept.package.sha256 == told.package.sha256
        wanted = not is_here and await self._is_wanted(told)
        arrived = await asyncio.to_thread(_size, shelf, told)
        view = replace(self.view, told=told, trouble=None, again=False, wanted=wanted, arrived=arrived)
        self.show(view)
        if not wanted:
            self._pace.forward()
        if wanted or (is_here and view.kept is not None and view.kept.number != told.number):
            await self._fetch(known, told)

    async def _is_wanted(self, told: PackageDocument) -> bool:
        if self._asked:
            return True
        connection = self._connection
        site = await asyncio.to_thread(connection.known_site)
        by_itself = site.paths is not None and site.paths.automatic_connection and not connection.is_slow
        return by_itself and told.number != self._declined

    async def _fetch(self, known: Known, told: PackageDocument) -> None:
        from vestibule.remote.own_project import fetch

        tell = self._tell(told)
        job = asyncio.ensure_future(fetch(self._connection.folders, known, told, tell))
        self._fetching = job
        self._arrived = self.view.arrived
        self.show(replace(self.view, fetching=self.view.wanted))
        try:
            kept = await job
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self.show(replace(self.view, wanted=False))  # by ``stop``
            return
        finally:
            if self._fetching is job:
                self._fetching = None
                self.show(replace(self.view, fetching=False, arrived=self._arrived))
        self._asked = False
        self._pace.forward()
        self.show(replace(self.view, kept=kept, wanted=False))

    def _tell(self, told: PackageDocument) -> Callable[[int, int], None]:
        from vestibule.remote.uploading import seldom

        began: list[int] = []

        def seen(done: int, _whole: int) -> None:
            if self._fetching is not None and self.view.told is told:
                self.show(replace(self.view, arrived=done))

        tell = seldom(seen, _SEEN_EACH_IF_SLOW if self._connection.is_slow else _SEEN_EACH)

        def progress(done: int, whole: int) -> None:
            began[:] = began or [done]
            self._arrived = done
            if done > began[0]:
                self._pace.forward()
            tell(done, whole)

        return progress

    # --- what comes next ----------------------------------------------------------------------

    def _at_once_or_later(self) -> float:
        """There is another package than a moment ago; a cloud that says so each time is asked seldom."""
        if self._pace.has_failed:
            return self._later(Unreachable(_("not a Vestibule server")))
        self._pace.failed()
        return 0.0

    def _later(self, error: Exception, at_least: float = 0.0) -> float:
        """It is tried again by itself."""
        self.show(replace(self.view, trouble=error, again=True, fetching=False))
        return self._pace.failed(at_least)

    def _after_refusal(self, refused: ApiProblem) -> float | None:
        problem = refused.problem
        if problem.code == "cloud_ticket_refused" and not self._refused:
            self._refused = True
            return 0.0  # another one is asked for
        if problem.code in ("cloud_profile_empty", "cloud_ticket_refused"):
            self._asked = False
            view = replace(self.view, told=None, trouble=refused, again=False, fetching=False, wanted=False)
            self.show(view)
            return self._pace.next_look()
        return self._later(refused, float(problem.retry_after or 0))


def _shelf(connection: Connection, client: str) -> Shelf:
    """In a thread: what it needs takes longer to import than a key may wait."""
    from vestibule.remote import own_project  # noqa: F401 - for the rounds
    from vestibule.remote.kept_project import Shelf

    return Shelf(connection.folders, connection.address, client)


def _size(shelf: Shelf, told: PackageDocument) -> int:
    with suppress(OSError):
        return min(shelf.arriving(told.package).stat().st_size, told.package.size)
    return 0
