"""A site elsewhere, as whoever has signed in there from this machine."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from vestibule.cli import asking, second_factor
from vestibule.cli.output import NOT_ALLOWED, Stop, say
from vestibule.config import folders
from vestibule.i18n import _
from vestibule.models import Problem, Secret, Session, SignIn, Strength
from vestibule.remote.errors import ApiProblem, Unreachable
from vestibule.remote.sites import Site, Sites
from vestibule.text import visible

if TYPE_CHECKING:
    from vestibule.cli.here import Where
    from vestibule.remote.api import Api

_ENDED = frozenset({"not_signed_in", "session_ended", "session_idle", "session_over", "second_factor_needed"})
_NO_DEVICE = frozenset({"device_unknown", "device_signin_off"})
_TRIES = 3


class SignedIn:
    """Makes an API speak as whoever has signed in: by the session that is kept, else by the device's token.

    A session that has ended is followed by another, and what needs a fresh proof asks for the password; the
    request that was refused is then sent again.
    """

    _api: Api

    def __init__(self, where: Where) -> None:
        """Raises Stop when nobody has signed in there; the server is not asked for that."""
        self._address = where.address
        self._password_file = where.password_file
        self._sites = Sites(folders())
        self._session = self._known.session_token
        if self._session is None and self._known.device_token is None:
            raise self._signed_out(_("You are not signed in there. Sign in with: %s"))

    @property
    def _known(self) -> Site:
        """What other commands may have changed meanwhile."""
        return self._sites.get(self._address)

    async def enter(self, api: Api) -> None:
        """Begin. Raises Stop, ApiProblem and Unreachable."""
        self._api = api
        if self._session is not None:
            api.use_token(self._session.reveal)
        else:
            await self._sign_in()
        api.on_refused = self._again

    def _keep(self, session: Session) -> None:
        self._session = Secret(session.token)
        self._sites.keep_session(self._address, session.token)

    def _signed_out(self, sentence: str) -> Stop:
        return Stop(sentence % f"vestibule --site {visible(self._address)} login", NOT_ALLOWED)

    async def _again(self, problem: Problem) -> bool:
        """Whether the reason is gone, so that the request is worth sending again."""
        if problem.code == "reauthentication_needed":
            await self._prove()
            return True
        if problem.code not in _ENDED:
            return False
        renewed = self._known.session_token
        if renewed is not None and renewed != self._session:  # by another command, meanwhile
            self._session = renewed
            self._api.use_token(renewed.reveal)
        else:
            await self._sign_in()
        return True

    def _ended(self) -> Stop:
        self._sites.keep_session(self._address, None)
        return self._signed_out(_("The session has ended. Sign in again with: %s"))

    async def _sign_in(self) -> None:
        """Open another session by the device's token."""
        device = self._known.device_token
        if device is None:
            raise self._ended()
        try:
            answer = await self._api.sign_in(SignIn(mode="device", token=device.reveal))
        except ApiProblem as refused:
            if refused.problem.code not in _NO_DEVICE:
                raise
            if refused.problem.code == "device_unknown":
                self._sites.keep_token(self._address, None)
            raise self._ended() from None
        if not isinstance(answer, Session):
            if not asking.is_somebody_there():
                raise self._signed_out(_("A second factor is needed. Sign in at a terminal with: %s"))
            answer = await second_factor.answered(self._api, answer)
        self._session = Secret(answer.token)
        await keep(self._api, self._sites, self._address, answer)

    async def _prove(self) -> None:
        """Prove by password who we are."""
        if self._password_file is not None:
            self._keep(await self._api.reauthenticate(asking.secret_in(self._password_file)))
            return
        if not asking.is_somebody_there():
            told = _("This needs your password again. Run it at a terminal, or name a --password-file.")
            raise Stop(told, NOT_ALLOWED)
        for left in reversed(range(_TRIES)):
            password = asking.ask_secret(_("Your password again, for this act"))
            try:
                self._keep(await self._api.reauthenticate(password))
                return
            except ApiProblem as refused:
                if refused.problem.code != "password_wrong" or not left:
                    raise
                say(_("This is not your password."))


async def keep(api: Api, sites: Sites, address: str, session: Session) -> None:
    """Go on with ``session`` from now on, and learn by which paths to come next time.

    What anybody on the way could have said of paths is not kept.
    """
    sites.keep_session(address, session.token)
    sites.use(address, datetime.now(UTC))
    if api.is_private and session.strength is not Strength.ENROLMENT:
        with suppress(ApiProblem, Unreachable):
            sites.keep_paths(address, await api.paths())
        info = sites.get(address).info
        if info is not None and info.cloud:
            from vestibule.remote.ticket import renew

            with suppress(OSError):  # the login holds without it
                await renew(api, folders(), address, session.client)
