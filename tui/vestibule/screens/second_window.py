"""The second window of a login: a code of the authenticator app, of a text message, or the recovery code."""

from __future__ import annotations

import time
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input

from vestibule.i18n import _, marked
from vestibule.models import FactorKind, Problem, Session
from vestibule.remote.connection import Connection
from vestibule.render.security_words import factor_name, phone_words
from vestibule.render.sentences import sentence
from vestibule.screens.trying import Trying
from vestibule.two_factor_models import Challenge, Method, SmsCode
from vestibule.widgets.choice import Choice
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.sms_delivery import SmsDelivery
from vestibule.widgets.status_line import StatusLine, Tone
from vestibule.widgets.ways import Ways

SETTLED = 0.5
"""Seconds for which SMS must be the choice before a message is sent: one passes it on the way down."""
_OVER = frozenset(
    {"challenge_ended", "client_disabled", "client_expired", "client_not_yet_valid", "client_outside_hours"}
)
"""Refusals after which no code helps."""
_AT_CODE = ("factor_", "recovery_code_", "clock_", "sms_code_missing", "too_many_attempts", "invalid")
_TYPE_ANEW = frozenset(
    {"factor_code_wrong", "factor_code_used", "factor_code_expired", "clock_differs", "too_many_attempts"}
)
"""Refusals after which another code of digits is needed."""


class SecondWindow(Trying[Session | Problem | None]):
    """Gives the session, or why this login is over, or None when the person went back."""

    CSS_PATH = "second_window.tcss"
    AUTO_FOCUS = "#code Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "way(-1)", marked("Another way"), show=False),
        Binding("down", "way(1)", marked("Another way"), show=False),
        Binding("enter", "sign_in", marked("Sign in")),
        Binding("f5", "resend", marked("Send another code"), id="second_window.resend"),
        Binding("escape", "cancel", marked("Cancel")),
    ]

    def __init__(
        self, connection: Connection, challenge: Challenge, site_zone: ZoneInfo, plain: bool, ahead: str = ""
    ) -> None:
        """``ahead`` was typed while this window was waited for; a line break is Enter."""
        super().__init__(connection, site_zone)
        self._challenge = challenge
        self._plain = plain
        self._ahead = ahead
        self._answering: Method | None = None
        self._asked = False
        """Whether a message was asked for; the first is by itself."""
        self._sending = False
        self._free_at = 0.0
        """When the server, having refused to send one, may be asked again."""
        self._settling: Timer | None = None

    def compose(self) -> ComposeResult:
        """The ways, how far a message has come, the code, the buttons, the keys."""
        options = [(method, self._label(method)) for method in self._challenge.methods]
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Two-factor login")
            yield Ways(options, self._challenge.methods[0], plain=self._plain)
            yield SmsDelivery(self._ask_delivery, plain=self._plain, id="delivery")
            yield Field(_("Code"), id="code")
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Sign in"), id="sign-in")
        yield KeyLine()

    def _label(self, method: Method) -> str:
        if method is Method.RECOVERY:
            return _("Recovery code")
        if method is Method.APP:
            return factor_name(FactorKind.APP)
        return _("SMS to %(phone)s") % {"phone": phone_words(self._challenge.phone or "", self._plain)}

    def on_mount(self) -> None:
        """Begin with the first way, and with what was typed ahead."""
        self._show_way()
        typed = self._ahead.removesuffix("\n")
        if not typed.replace(" ", "").isdecimal():
            return  # it was meant for the field before, and may be a part of a password
        self._code.value = typed
        self._code.input.cursor_position = len(typed)
        if self._ahead.endswith("\n") and self._way is Method.APP:
            self.action_sign_in()

    # --- the way ------------------------------------------------------------------------------

    @property
    def _way(self) -> Method:
        return self.query_one(Ways).value

    @property
    def _code(self) -> Field:
        return self.query_one("#code", Field)

    def action_way(self, step: int) -> None:
        """The way above or below, also while the cursor is in the code."""
        self.query_one(Ways).action_move(step)

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """What was wrong with a code of the other way says nothing of this one."""
        self._code.accept()
        self._show_way()

    def _show_way(self) -> None:
        way = self._way
        example = _("24 letters and digits") if way is Method.RECOVERY else _("6 digits")
        self._code.input.placeholder = example
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        if way is Method.SMS and not self._asked:
            self._settling = self.set_timer(SETTLED, self._send)
        self._show_state()

    def _show_state(self) -> None:
        """How far the message has come, and the keys."""
        delivery = self.query_one(SmsDelivery)
        delivery.display = delivery.sent and self._way is Method.SMS
        keys = [("Enter", _("sign in"))]
        keys += [("F5", _("send another"))] if self._may_resend else []
        keys += [("↑↓", _("way"))] if len(self._challenge.methods) > 1 else []
        self.query_one(KeyLine).say([*keys, ("Esc", _("cancel"))])
        self.refresh_bindings()

    # --- text messages ------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Another message may be asked for after a while only."""
        return action != "resend" or (self.is_there and self._may_resend)

    @property
    def _may_resend(self) -> bool:
        waits = self.query_one(SmsDelivery).wait or time.monotonic() < self._free_at
        return self._asked and not self._sending and self._way is Method.SMS and not waits

    def action_resend(self) -> None:
        """Ask for another message."""
        self._send()

    def _send(self) -> None:
        if self._sending or self.left:
            return
        self._asked = self._sending = True
        self._show_state()
        self.beside(self._have_code_sent, "sms")

    async def _have_code_sent(self) -> None:
        try:
            sent = await self.attempt(self._ask_for_code, _("Sending a code…"))
        finally:
            self._sending = False
        if self.is_there:
            if sent is not None:
                self.say("")
                self._code.accept()
                self.query_one(SmsDelivery).show(sent)
            self._show_state()

    async def _ask_for_code(self) -> SmsCode:
        return await self.connection.api.send_login_code(self._challenge.challenge)

    async def _ask_delivery(self) -> SmsCode:
        return await self.connection.api.login_code(self._challenge.challenge)

    def on_sms_delivery_ready(self) -> None:
        """Another code may be asked for."""
        self._show_state()

    # --- the code -----------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        self._code.accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter signs in."""
        event.stop()
        self.action_sign_in()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Sign in or go back."""
        if event.button.id == "sign-in":
            self.action_sign_in()
        else:
            self.action_cancel()

    def action_sign_in(self) -> None:
        """Send the code, once."""
        if self._answering is not None or self.left:
            return
        if not self._code.value.strip():
            self._code.object(_("Type the code."))
            return
        self._answering = self._way
        self.beside(self._try, "answer")

    async def _try(self) -> None:
        way = self._answering or self._way
        busy = _("Signing in…") if way is Method.RECOVERY else _("Signing in… Esc stops")
        try:
            session = await self.attempt(
                lambda: self.connection.answer(self._challenge, way, self._code.value), busy
            )
        finally:
            self._answering = None
        if session is not None:
            self._give_up(session)

    def refused(self, problem: Problem) -> None:
        """What is wrong with a code is said there; one of digits is not corrected but typed anew."""
        if problem.code in _OVER:
            self._give_up(problem)
        elif problem.code == "sms_too_soon" and problem.retry_after and not self.query_one(SmsDelivery).sent:
            self._send_in(problem.retry_after)
        elif not problem.code.startswith(_AT_CODE):
            super().refused(problem)
            self._wait(problem.retry_after)
        elif self.is_there:
            self._code.object(sentence(problem, self.site_zone))
            if problem.code in _TYPE_ANEW and self._answering is not Method.RECOVERY:
                self._code.input.select_all()

    def _send_in(self, seconds: int) -> None:
        """The first message for this login goes by itself, as soon as it may after one for another."""
        self.say(_("A code for something else was just sent. The one for this login follows."), Tone.BUSY)
        self._free_at = time.monotonic() + seconds
        self._settling = self.set_timer(seconds + SETTLED, self._send)

    def _wait(self, seconds: int | None) -> None:
        """Until then the server sends no message."""
        if seconds:
            self._free_at = time.monotonic() + seconds
            self.set_timer(seconds, self._show_state)

    def action_cancel(self) -> None:
        """Stop waiting for the answer; back to the login when nothing is waited for."""
        if self._answering is None:
            self._give_up(None)
        elif self._answering is Method.RECOVERY:
            # Its answer brings the next recovery code, which would be lost.
            self.say(_("The answer must be waited for: it brings your next recovery code."), Tone.BUSY)
        else:
            self.workers.cancel_group(self, "answer")
            self.say(_("Stopped. Nothing you typed is lost."))

    def _give_up(self, answer: Session | Problem | None) -> None:
        """Leave nothing of the code behind."""
        if self.is_there:
            self._code.value = ""
        self.leave(answer)
