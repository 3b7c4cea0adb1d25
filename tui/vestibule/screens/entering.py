"""The act of entering: connecting, signing in, the second window, and the way through."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.events import Key

from vestibule.i18n import _
from vestibule.models import Problem, Session, SignIn
from vestibule.remote.connection import Connection
from vestibule.remote.errors import ApiProblem, CertificateProblem, Unreachable
from vestibule.render.path_words import unreachable
from vestibule.render.sentences import sentence, unkept
from vestibule.screens.base import SignedIn
from vestibule.screens.form import Form
from vestibule.terminal import Profile
from vestibule.widgets.field import Field
from vestibule.widgets.status_line import StatusLine, Tone

if TYPE_CHECKING:
    from vestibule.two_factor_models import Challenge

PAINTED = 0.1
"""Seconds after which the dialog is on the screen, also over a slow line."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
_AT_FIELD = {"code": "#code", "name": "#name", "device": "#device", "username": "#username"}


class Entering(Form):
    """What the login does with what is typed there; the desk's and the kiosk's have it in common."""

    def __init__(
        self, connection: Connection, profile: Profile, why: Problem | None = None, by_itself: bool = True
    ) -> None:
        """``why`` the last session ended, if that has to be told; ``by_itself``: try the device first."""
        super().__init__(connection, profile)
        self._why = why
        self._by_itself = by_itself
        self._signing_in = False
        self._second_is_open = False
        self._begun: tuple[SignIn, Challenge] | None = None
        """The one-time code that was spent for a second window, and the way back there."""
        self._ahead = ""
        """Typed since the sign-in was sent; a line break is Enter."""

    def _show_server(self) -> None:
        """Bring what depends on the server up to date: the site's name, what it offers."""
        raise NotImplementedError

    def _request(self) -> SignIn:
        """What was typed, as it is sent."""
        raise NotImplementedError

    @property
    def _proof(self) -> Field:
        """The field that says who it is; the first to be typed anew."""
        raise NotImplementedError

    # --- connecting ---------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Paint first, then connect."""
        self._show_server()
        self._tell_why()
        # Importing the server takes longer than painting: what is typed goes first.
        self._begin = self.set_timer(PAINTED, lambda: self.work(self._connect, "connect"))

    def _tell_why(self) -> None:
        """Why the last session ended, until somebody signs in."""
        if self._why is not None:
            self.say(sentence(self._why, self.site_zone), Tone.PROBLEM)

    async def _connect(self) -> None:
        """Until the server answers; what is typed meanwhile stays."""
        pause, told = _FIRST_PAUSE, False
        while True:
            try:
                await self.connection.connect()
                break
            except ApiProblem as refused:
                self.say(sentence(refused.problem), Tone.PROBLEM)
            except Unreachable as error:
                if isinstance(error, CertificateProblem) and not self.connection.is_shared:
                    if await self.accepts(error):
                        continue
                    return
                self.say_unreachable(error)
            told = True
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        if told:
            self.say(_("Connected."))
        if self.connection.unkept and not self.connection.is_shared:
            self.say(unkept(self.connection.unkept), Tone.PROBLEM)
        self._show_server()
        if self._by_itself and not self._signing_in:
            self._by_itself = False
            await self._sign_in_by_itself(unasked=True)

    def say_unreachable(self, error: Unreachable) -> None:
        """The server does not answer, and is tried again."""
        self.say(unreachable(error, self.connection.address), Tone.PROBLEM)

    def action_device(self) -> None:
        """Sign in as this device after all."""
        if self.connection.knows_device and not self._signing_in:
            self._signing_in, self._why = True, None
            self.work(self._sign_in_as_device, "sign-in")

    async def _sign_in_as_device(self) -> None:
        try:
            with self.query_one(StatusLine).working(_("Signing in… Esc stops")):
                await self._sign_in_by_itself()
        finally:
            self._signing_in = False

    async def _sign_in_by_itself(self, unasked: bool = False) -> None:
        try:
            answer = await self.connection.sign_in_by_itself()
        except ApiProblem as refused:
            self.say(sentence(refused.problem, self.site_zone), Tone.PROBLEM)
        except Unreachable:
            self.say(_("The server does not answer. Try again."), Tone.PROBLEM)
        else:
            if unasked and answer is not None and not isinstance(answer, Session) and self._is_in_use:
                # A password that is being typed must not go on in another window, where it can be read.
                self.say(_("As this device you need a second factor too: press F3 for that."))
            elif answer is not None:
                self._go_on(answer)
            self._show_server()

    @property
    def _is_in_use(self) -> bool:
        """Whether somebody signs in by other means meanwhile."""
        return self._signing_in or any(field.value for field in self.query(Field) if field.id != "device")

    # --- signing in ---------------------------------------------------------------------------

    def action_stop(self) -> None:
        """Give up waiting for the answer to a sign-in."""
        if self._signing_in:
            self.workers.cancel_group(self, "sign-in")
            self.say(_("Stopped. Nothing you typed is lost."))

    def submit(self) -> None:
        if self._signing_in:
            return
        needed = {
            "code": _("Type the one-time code you were given."),
            "username": _("Type your username."),
            "password": _("Type your password."),
        }
        for field in self.fields():
            if field.id in needed and not field.value.strip():
                field.object(needed[field.id])
                return
        self._signing_in, self._ahead, self._why = True, "", None
        was_at = self.focused
        self.set_focus(None)  # what is typed from here on is not for these fields

        async def sign_in() -> None:
            try:
                await self._sign_in()
            finally:
                self._signing_in, self._ahead = False, ""
                if self.focused is None:
                    self.set_focus(was_at)

        self.work(sign_in, "sign-in")

    def on_key(self, event: Key) -> None:
        """While the answer is waited for, keep what may be meant for the second window."""
        if not self._signing_in or self.focused is not None:
            return
        if event.key == "backspace":
            self._ahead = self._ahead[:-1]
        elif event.key == "enter" or event.is_printable:
            self._ahead += "\n" if event.key == "enter" else event.character or ""

    async def _sign_in(self) -> None:
        request = self._request()
        answer = await self.attempt(lambda: self._send(request), _("Signing in… Esc stops"))
        if answer is not None:
            self._go_on(answer)

    async def _send(self, request: SignIn) -> Session | Challenge:
        if not self.connection.connected:
            await self.connection.connect()
        if self._begun is not None and self._begun[0] == request:
            return self._begun[1]
        answer = await self.connection.sign_in(request)
        if request.mode == "otp" and not isinstance(answer, Session):
            self._begun = request, answer
        return answer

    def refused(self, problem: Problem) -> None:
        """One sentence at the field it is about."""
        at = _AT_FIELD.get(problem.field or "")
        field = self.query_one(at, Field) if at and self.query(at) else self._proof
        field.object(sentence(problem, self.site_zone))

    # --- through, or to the second window -----------------------------------------------------

    def _go_on(self, answer: Session | Challenge) -> None:
        if isinstance(answer, Session):
            self._enter(answer)
        elif not self._second_is_open:
            self._ask_second(answer)

    def _ask_second(self, challenge: Challenge) -> None:
        if not challenge.methods:
            self._proof.object(_("None of your second factors can be used now. Ask an admin to reset them."))
            return
        from vestibule.screens.second_window import SecondWindow

        self._forget("password")
        self._second_is_open = True
        plain = self.profile.plain_glyphs
        window = SecondWindow(self.connection, challenge, self.site_zone, plain, ahead=self._ahead)
        self.app.push_screen(window, self._second_answered)

    def _second_answered(self, answer: Session | Problem | None) -> None:
        self._second_is_open = False
        if isinstance(answer, Session):
            self._enter(answer)
        elif answer is not None:
            self._begun = None
            self._proof.object(sentence(answer, self.site_zone))
        else:
            self._proof.input.focus()

    def _enter(self, session: Session) -> None:
        """Go to the sections, once a new recovery code has been kept."""
        self._forget("password", "code")
        if session.recovery_code is None:
            self.app.post_message(SignedIn())
            return
        from vestibule.screens.recovery_shown import RecoveryShown

        self.app.push_screen(RecoveryShown(session.recovery_code, self.profile), self._recovery_kept)

    def _recovery_kept(self, _kept: bool | None) -> None:
        self.app.post_message(SignedIn())

    def _forget(self, *names: str) -> None:
        for field in self.query(Field):
            if field.id in names:
                field.value = ""
