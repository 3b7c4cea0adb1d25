"""One site and who is signed in there: what all screens share. Imports httpx only when it connects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import TYPE_CHECKING

from vestibule import i18n
from vestibule.config import Folders
from vestibule.models import Client, ServerInfo, Session, SignIn, Strength
from vestibule.remote import preferences
from vestibule.remote.attendance import Attendance
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.live import Live
from vestibule.remote.sites import HERE, Sites

if TYPE_CHECKING:
    from vestibule.remote.api import Api
    from vestibule.two_factor_models import Challenge, Method

_FORGET = frozenset({"device_unknown"})


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
        self.attendance = Attendance()
        self.notice = notice
        self._welcome = welcome
        self._links = links
        self._sites = Sites(folders)
        known = self._sites.get(address)
        self._info = known.info
        self._stack = AsyncExitStack()
        self._api: Api | None = None
        self._connecting = asyncio.Lock()

    @property
    def is_here(self) -> bool:
        """Whether this is the machine's own site."""
        return self.address == HERE

    @property
    def needs_setup(self) -> bool:
        """Whether this machine has no site yet."""
        return self.is_here and not self.folders.has_site

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
        """Open the way and ask the server who it is. Raises ApiProblem or Unreachable."""
        async with self._connecting:
            if self._api is None:
                self._api = await self._open()
                self._api.attended = self.attendance.asks
        self._info = await self.api.server()
        await asyncio.to_thread(self._sites.remember, self.address, self._info)
        return self._info

    async def _open(self) -> Api:
        if self.is_here:
            open_site = await asyncio.to_thread(_embedded)
            return await self._stack.enter_async_context(open_site(self.folders, self._links))
        api = await asyncio.to_thread(_network_api, self.address)
        self._stack.push_async_callback(api.close)
        return api

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
            await asyncio.to_thread(self._sites.keep_token, self.address, session.device_token)

    def speak(self) -> None:
        """Speak the language of who is signed in, or this machine's."""
        own = self.client.language if self.client is not None else None
        i18n.use(own or self.language)

    async def choose_language(self, language: str) -> None:
        """Speak ``language`` on this machine, also next time."""
        self.language = language
        self.speak()
        # On a disk that cannot be written it is forgotten; that is no reason not to speak it.
        with suppress(OSError):
            await asyncio.to_thread(preferences.save, self.folders, language=language)

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
        await asyncio.to_thread(self._sites.keep_token, self.address, None)

    async def sign_out(self) -> None:
        """End the session; without an answer it is forgotten here all the same."""
        self.client = self.strength = None
        try:
            await self.api.sign_out()
        except (ApiProblem, Unreachable):
            self.api.use_token(None)

    async def close(self) -> None:
        """Close the way."""
        self._api = None
        await self._stack.aclose()


def _network_api(address: str) -> Api:
    """In a thread: a TLS context takes 40 ms to make."""
    from vestibule.remote.api import Api

    return Api(None, address)


def _embedded() -> Callable[[Folders, str], AbstractAsyncContextManager[Api]]:
    """In a thread: importing the server takes longer than a key may wait."""
    from vestibule.remote.embedded import open_site, preload

    preload()
    return open_site
