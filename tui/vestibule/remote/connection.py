"""One site and who is signed in there: what all screens share."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vestibule import i18n
from vestibule.config import Folders
from vestibule.models import Client, Session, SignIn, Strength
from vestibule.remote import preferences
from vestibule.remote.connecting import Connecting
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.live import Live
from vestibule.remote.project_watch import ProjectWatch
from vestibule.remote.sites import HERE, Site

if TYPE_CHECKING:
    from vestibule.two_factor_models import Challenge, Method

_FORGET = frozenset({"device_unknown"})
_LEAVING = 3.0
"""Seconds that a last question may take when one leaves."""


class Connection(Connecting):
    """The way to one site, and its client once signed in."""

    is_shared = False
    """Whether everybody uses this machine: then nobody at it decides for it."""

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
        super().__init__(folders, address, links)
        self.client: Client | None = None
        """Who is signed in."""
        self.strength: Strength | None = None
        """How well they were recognised; an ``enrolment`` session may only set a second factor up."""
        self.language = i18n.current()
        """What is spoken here while nobody is signed in who has a language of their own."""
        self.live = Live()
        self.notice = notice
        self.code = ""
        """A one-time code that came with the link to the site."""
        self._welcome = welcome
        self._learning: asyncio.Task[None] | None = None
        self.is_slow = False
        """Whether every byte is felt on this line: then nothing large comes by itself."""
        self.project = ProjectWatch(self)
        """The package of one's profile, from the site's cloud."""

    def to(self, address: str, code: str = "") -> Connection:
        """Another connection, from this machine to another site; ``code`` is typed there already."""
        other = Connection(self.folders, address, self._links)
        other.language, other.code, other.is_slow = self.language, code, self.is_slow
        return other

    @property
    def knows_device(self) -> bool:
        """Whether this device may sign in by itself, as far as is known here."""
        offered = self._info is not None and "device" in self._info.modes
        return offered and self._sites.get(self.address).device_token is not None

    async def set_up(self, name: str, password: str, language: str) -> None:
        """Make this machine's site and sign the service account in. Raises ApiProblem."""
        from vestibule.remote.embedded import create_site

        await asyncio.to_thread(create_site, self.folders, name, password, language)
        await self.connect()
        await self.sign_in(SignIn(mode="password", username="service", password=password))

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
        with suppress(ApiProblem, Unreachable):
            told = await self.api.paths()
            if self.api.is_private:
                await self._keep(self._sites.keep_paths, told)
                if self._name_road():
                    self.live.moved()
        self.project.begin()

    @property
    def may_ask_cloud(self) -> bool:
        """Not for a client who may come in from the building's own network only."""
        return self.client is None or self.client.cloud_access

    def known_site(self) -> Site:
        """What is remembered of the site."""
        return self._sites.get(self.address)

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
        """Do not sign in by this device again; what its client has fetched goes too."""
        await self._keep(self._sites.keep_token, None)
        self.project.end()
        await self._keep(_forget_project, self.folders)

    async def sign_out(self) -> None:
        """End the session; without an answer it is forgotten here all the same."""
        self.client = self.strength = None
        self.project.end()
        with suppress(ApiProblem, Unreachable, TimeoutError):
            async with asyncio.timeout(_LEAVING):
                await self.api.sign_out()
        self.api.use_token(None)

    async def close(self) -> None:
        """Close the way."""
        if self._learning is not None:
            await asyncio.wait({self._learning}, timeout=_LEAVING)
            self._learning.cancel()
            self._learning = None
        await self.project.close()
        await super().close()


def _forget_project(site: str, folders: Folders) -> None:
    from vestibule.remote import kept_project

    kept_project.forget(folders, site)
