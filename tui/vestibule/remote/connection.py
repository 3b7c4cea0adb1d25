"""One site and who is signed in there: what all screens share. Imports httpx only when it connects."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from vestibule import i18n
from vestibule.config import Folders
from vestibule.models import Client, Path, ServerInfo, Session, SignIn, Strength
from vestibule.remote import preferences
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.live import Live
from vestibule.remote.sites import HERE, Site, Sites

if TYPE_CHECKING:
    from vestibule.remote.api import Api
    from vestibule.remote.route import Way
    from vestibule.two_factor_models import Challenge, Method

T = TypeVar("T")
_FORGET = frozenset({"device_unknown"})
_LEARNING = 2.0
"""Seconds that what the server tells of its paths may still take when one leaves."""


class Connection:
    """The way to one site: its address, its server once connected, its client once signed in."""

    def __init__(
        self,
        folders: Folders,
        address: str = HERE,
        links: str = "",
        *,
        welcome: SignIn | None = None,
        notice: str = "",
    ) -> None:
        """``links`` is the address that this machine's own site puts in links.

        ``welcome`` signs in without asking, once; ``notice`` is told then. Both are for the demo.
        """
        self.folders = folders
        self.address = address
        self.client: Client | None = None
        """Who is signed in."""
        self.strength: Strength | None = None
        """How well they were recognised; an ``enrolment`` session may only set a second factor up."""
        self.language = i18n.current()
        """What is spoken here while nobody is signed in who has a language of their own."""
        self.live = Live()
        self.notice = notice
        self.path: Path | None = None
        """By which path one has come, once connected to a site elsewhere that has told its paths."""
        self.unkept = ""
        """Why nothing can be remembered on this machine, in the system's words; empty while it can be."""
        self._welcome = welcome
        self._links = links
        self._sites = Sites(folders)
        known = self._sites.get(address)
        self._info = known.info
        self._stack = AsyncExitStack()
        self._api: Api | None = None
        self._connecting = asyncio.Lock()
        self._learning: asyncio.Task[None] | None = None

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
    def knows_device(self) -> bool:
        """Whether this device may sign in by itself, as far as is known here."""
        offered = self._info is not None and "device" in self._info.modes
        return offered and self._sites.get(self.address).device_token is not None

    @property
    def api(self) -> Api:
        """The typed client, once connected."""
        assert self._api is not None
        return self._api

    @property
    def connected(self) -> bool:
        """Whether :meth:`connect` has succeeded once."""
        return self._api is not None

    async def set_up(self, name: str, password: str, language: str) -> None:
        """Make this machine's site and sign the service account in. Raises ApiProblem."""
        from vestibule.remote.embedded import create_site

        await asyncio.to_thread(create_site, self.folders, name, password, language)
        await self.connect()
        await self.sign_in(SignIn(mode="password", username="service", password=password))

    async def connect(self) -> ServerInfo:
        """Open the way and ask the server who it is; where it has not answered, look for another way.

        Raises ApiProblem, Unreachable, and CertificateProblem, which is one too: then nothing was sent to the
        server, and after :meth:`accept` it can be tried again.
        """
        async with self._connecting:
            self._info = info = await (self._open() if self._api is None else self._ask(self._api))
        await self._keep(self._sites.remember, info)
        return info

    async def find_again(self) -> None:
        """Look for a way anew, over all paths, and go on by it as the same session. Raises as :meth:`connect`."""
        if not self.is_here:
            async with self._connecting:
                self._info = await self._go_another_way(self.api)

    async def accept(self, certificate: bytes) -> None:
        """Accept this certificate, in DER, for this site from now on, in place of any other."""
        await self._keep(self._sites.pin, certificate)

    async def _open(self) -> ServerInfo:
        if self.is_here:
            open_site = await asyncio.to_thread(_embedded)
            self._api = await self._stack.enter_async_context(open_site(self.folders, self._links))
            return await self._api.server()
        way = await self._find()
        self._stack.push_async_callback(way.api.close)
        self._api, self.path = way.api, way.road.path
        return way.info

    async def _ask(self, api: Api) -> ServerInfo:
        try:
            return await api.server()
        except Unreachable:
            if self.is_here:
                raise
            return await self._go_another_way(api)

    async def _go_another_way(self, api: Api) -> ServerInfo:
        """All screens have this ``api``: it stays, and goes by another way."""
        way = await self._find()
        await api.go_by(way.api)
        self.path = way.road.path
        return way.info

    async def _find(self) -> Way:
        find = await asyncio.to_thread(_find_function)
        return await find(await asyncio.to_thread(self._sites.get, self.address))

    async def _keep(self, keep: Callable[[str, T], None], what: T) -> None:
        """Remember something of this site; where the disk cannot be written it goes on without."""
        try:
            await asyncio.to_thread(keep, self.address, what)
        except OSError as error:
            self.unkept = error.strerror or type(error).__name__

    async def sign_in(self, request: SignIn) -> Session | Challenge:
        """Sign in, or be asked for a second factor first. Raises ApiProblem or Unreachable."""
        answer = await self.api.sign_in(request)
        if isinstance(answer, Session):
            await self.enter(answer)
        return answer

    async def answer(self, challenge: Challenge, method: Method, code: str) -> Session:
        """Sign in by a second factor's code. Raises ApiProblem or Unreachable."""
        session = await self.api.answer(challenge.challenge, method, code)
        await self.enter(session)
        return session

    async def enter(self, session: Session) -> None:
        """Go on as ``session``, which the API speaks as already, and keep its device's token if it has one.

        Also for a session that has become another: once a factor is confirmed it is a stronger one.
        """
        self.client, self.strength = session.client, session.strength
        if session.device_token:
            await self._keep(self._sites.keep_token, session.device_token)
        await self._keep(self._sites.use, datetime.now(UTC))
        if not self.is_here and (self._learning is None or self._learning.done()):
            self._learning = asyncio.create_task(self._learn_paths())

    async def _learn_paths(self) -> None:
        """Ask by which paths to come next time. What anybody on the way could have said is not kept."""
        try:
            told = await self.api.paths()
        except (ApiProblem, Unreachable):
            return
        if self.api.is_private:
            await self._keep(self._sites.keep_paths, told)
            await self._fetch_ticket()

    async def _fetch_ticket(self) -> None:
        """Have one's ticket for the site's cloud renewed, where the site has one."""
        if self._info is None or not self._info.cloud or self.client is None:
            return
        from vestibule.remote.cloud_book import CloudBook

        book, whose = CloudBook(self.folders), (self.address, self.client.id)
        with suppress(ApiProblem, Unreachable, OSError):
            if await asyncio.to_thread(book.needs_ticket, *whose):
                ticket = await self.api.cloud_ticket()
                await asyncio.to_thread(book.keep_ticket, ticket, *whose)

    def speak(self) -> None:
        """Speak the language of who is signed in, or this machine's."""
        own = self.client.language if self.client is not None else None
        i18n.use(own or self.language)

    async def choose_language(self, language: str) -> None:
        """Speak ``language`` on this machine, also next time."""
        self.language = language
        self.speak()
        # On a disk that cannot be written it is forgotten; that is no reason not to speak it.
        try:
            await asyncio.to_thread(preferences.save, self.folders, language=language)
        except OSError as error:
            self.unkept = error.strerror or type(error).__name__

    async def sign_in_by_itself(self) -> Session | Challenge | None:
        """Sign in by the remembered device where the site allows it; None when that is not possible.

        A token that the server does not know any more is forgotten. Raises ApiProblem when the server
        knows the device and refuses its client (disabled, expired …), and Unreachable.
        """
        if self._welcome is not None:
            welcome, self._welcome = self._welcome, None
            return await self.sign_in(welcome)
        token = (await asyncio.to_thread(self._sites.get, self.address)).device_token
        if token is None or self._info is None or "device" not in self._info.modes:
            return None
        try:
            return await self.sign_in(SignIn(mode="device", token=token.reveal))
        except ApiProblem as refused:
            if refused.problem.code not in _FORGET:
                raise
            await self.forget_device()
            return None

    async def forget_device(self) -> None:
        """Do not sign in by this device again."""
        await self._keep(self._sites.keep_token, None)

    async def sign_out(self) -> None:
        """End the session; without an answer it is forgotten here all the same."""
        self.client = self.strength = None
        try:
            await self.api.sign_out()
        except (ApiProblem, Unreachable):
            self.api.use_token(None)

    async def close(self) -> None:
        """Close the way."""
        if self._learning is not None:
            await asyncio.wait({self._learning}, timeout=_LEARNING)
            self._learning.cancel()
            self._learning = None
        self._api = None
        await self._stack.aclose()


def _find_function() -> Callable[[Site], Awaitable[Way]]:
    """In a thread: importing httpx takes longer than a key may wait."""
    from vestibule.remote.route import find

    return find


def _embedded() -> Callable[[Folders, str], AbstractAsyncContextManager[Api]]:
    """In a thread: importing the server takes longer than a key may wait."""
    from vestibule.remote.embedded import open_site, preload

    preload()
    return open_site
