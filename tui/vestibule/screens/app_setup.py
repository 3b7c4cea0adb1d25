"""Sets an authenticator app up: its secret as a QR code and as text, and one code to prove that it works."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.timer import Timer
from textual.widgets import Input, Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.models import FactorKind, Problem
from vestibule.remote.connection import Connection
from vestibule.render.qr import otpauth_matrix
from vestibule.render.security_words import app_steps, app_title, groups
from vestibule.render.sentences import of_code, sentence
from vestibule.screens.trying import Trying
from vestibule.two_factor_models import AppSetup as Secret
from vestibule.two_factor_models import FactorAdded
from vestibule.widgets.code_field import CodeField
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.qr_code import QrCode
from vestibule.widgets.status_line import StatusLine, Tone

_LATER = frozenset({"factor_setup_ended", "reauthentication_needed", "too_many_attempts", "factor_disabled"})
"""Refusals that are not about the digits of the code."""


class AppSetup(Trying[FactorAdded | None]):
    """Gives what the server put in force. The secret is gone from the screen as soon as it is proven.

    The code has digits only, so letters are keys here, also while the cursor is in its field.
    """

    CSS_PATH = "app_setup.tcss"
    ALLOW_SELECT: ClassVar[bool] = False
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-beside"), (104, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012 - declared so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", marked("Back")),
        Binding("enter", "back_from_code", marked("Back from the code")),
        Binding("v", "alone", marked("QR code alone, or back"), priority=True),
        Binding("h", "hide", marked("Hide or show the secret"), priority=True),
        Binding("t", "text", marked("Show the otpauth text"), priority=True),
        Binding("s", "style", marked("Draw the QR code in another style"), priority=True),
        Binding("i", "invert", marked("Invert the QR code"), priority=True),
        Binding("n", "anew", marked("Make a new secret"), priority=True),
    ]

    def __init__(
        self, connection: Connection, site_zone: ZoneInfo, half_blocks: bool | None, *, again: bool = False
    ) -> None:
        """``again``: there is an app already; it works until the new secret is proven."""
        super().__init__(connection, site_zone)
        self._half_blocks = half_blocks
        self._again = again
        self._secret: Secret | None = None
        self._hidden = False
        self._asking = False
        self._end: Timer | None = None

    def compose(self) -> ComposeResult:
        """The code; beside it what to do, the secret, the field; the keys."""
        with Horizontal(id="app-setup"):
            yield QrCode(half_blocks=self._half_blocks)
            with VerticalScroll(id="beside", can_focus=False):
                yield Static(app_title(self._again), id="title")
                yield Static(app_steps(self._again), id="steps", classes="sentence")
                yield Static(_("v shows the code."), id="where", classes="sentence")
                yield Static("", id="secret", markup=False)
                yield Static("", id="uri", markup=False)
                yield CodeField(_("Code from the app"), id="code")
                with Horizontal(classes="buttons"):
                    yield PushButton(_("Cancel"), id="cancel")
                    yield PushButton(_("Go on"), id="go")
                yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask for a secret; nothing can be typed before it is there."""
        self._code.disabled = True
        self._begin()

    def on_resize(self) -> None:
        """Other keys are worth their place."""
        self.call_after_refresh(self._show_keys)

    # --- the secret ---------------------------------------------------------------------------

    def _begin(self) -> None:
        self._asking = True
        self._show_keys()
        self.beside(self._ask_for_secret, "begin")

    async def _ask_for_secret(self) -> None:
        try:
            secret = await self.attempt(self.connection.api.begin_app, _("Making a secret… Esc cancels"))
        finally:
            self._asking = False
        if secret is not None and self.is_there and not self.left:
            self._secret = secret
            left = (secret.expires_at - datetime.now(UTC)).total_seconds()
            self._end = self.set_timer(max(1.0, left), self._expired)
            self._code.disabled = False
            self._code.input.focus()
            self._show_secret()
        self._show_keys()

    async def _prove(self) -> bool:
        """Without a proof there is nothing to do here."""
        proved = await super()._prove()
        if not proved:
            self.leave(None)
        return proved

    def _show_secret(self) -> None:
        """As QR code and as text, or as dots."""
        secret, qr = self._secret, self.query_one(QrCode)
        shown = secret is not None and not self._hidden
        if secret is not None and shown:
            qr.show(otpauth_matrix(secret.uri), secret.uri if self.has_class("-alone") else "")
        else:
            qr.hide()
        dots = _("hidden; h shows it") if secret is not None else ""
        self.query_one("#secret", Static).update(groups(secret.secret) if secret and shown else dots)
        self.query_one("#uri", Static).update(text.content(secret.uri) if secret and shown else "")

    def _forget(self) -> None:
        """The secret is not needed any more."""
        self._secret = None
        if self._end is not None:
            self._end.stop()
        self.remove_class("-alone")
        self._show_secret()

    def _expired(self) -> None:
        if not self._asking:
            self._ended()

    def _ended(self) -> None:
        self._forget()
        self._code.value = ""
        self._code.disabled = True
        self.say(of_code("factor_setup_ended") + " " + _("n makes a new secret."), Tone.PROBLEM)
        self._show_keys()

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        alone, there = self.has_class("-alone"), self._secret is not None
        if action in ("alone", "style", "invert"):
            return there and not self._hidden
        if action == "hide":
            return there and not alone
        if action == "text":
            return there and not alone and not self._hidden and self._has_hidden_text
        if action == "back_from_code":
            return alone
        return not there and not self._asking if action == "anew" else True

    @property
    def _has_hidden_text(self) -> bool:
        return self.has_class("-short")

    def _show_keys(self) -> None:
        if not self.is_there:
            return
        alone = self.has_class("-alone")
        words = [
            ("alone", "v", _("back") if alone else _("QR code")),
            ("text", "t", _("otpauth text")),
            ("hide", "h", _("show") if self._hidden else _("hide")),
            ("style", "s", _("style")),
            ("invert", "i", _("invert")),
            ("anew", "n", _("new secret")),
        ]
        keys = [(key, word) for action, key, word in words if self.check_action(action, ())]
        keys.insert(1 if self._secret is not None else 0, ("Esc", _("back") if alone else _("cancel")))
        if self._secret is not None and not alone:
            keys.insert(0, ("Enter", _("go on")))
        self.query_one(KeyLine).say(keys)

    def action_back(self) -> None:
        """From the code alone to its text; from there out, unless the server has been asked to decide.

        Its answer may bring the recovery code, which is shown once.
        """
        if self.has_class("-alone"):
            self.action_alone()
        elif self._secret is None or not self._asking:
            self._forget()
            self.leave(None)

    def action_back_from_code(self) -> None:
        """Enter, after scanning."""
        self.action_alone()

    def action_alone(self) -> None:
        """The code as large as it gets, or back."""
        self.toggle_class("-alone")
        self._show_secret()
        self._show_keys()
        if not self.has_class("-alone"):
            self._code.input.focus()

    def action_hide(self) -> None:
        """Somebody looks over the shoulder."""
        self._hidden = not self._hidden
        self._show_secret()
        self._show_keys()

    def action_text(self) -> None:
        """The text that the code carries, where there is no room for it beside everything else."""
        self.toggle_class("-text")

    def action_style(self) -> None:
        """Another way to draw the code."""
        self.query_one(QrCode).next_style()

    def action_invert(self) -> None:
        """For terminals that swap dark and light."""
        self.query_one(QrCode).toggle_invert()

    def action_anew(self) -> None:
        """Another secret, when the time of the first is over."""
        self.say("")
        self._begin()

    # --- the code of the app ------------------------------------------------------------------

    @property
    def _code(self) -> Field:
        return self.query_one("#code", Field)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        self._code.accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on."""
        event.stop()
        self._confirm()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Go on or leave."""
        if event.button.id == "go":
            self._confirm()
        else:
            self.action_back()

    def _confirm(self) -> None:
        if self._asking or self.left or self._secret is None:
            return
        if not self._code.value.strip():
            self._code.object(_("Type the code that the app shows now."))
            return
        self._asking = True
        self.beside(self._send, "confirm")

    async def _send(self) -> None:
        code, api = self._code.value, self.connection.api
        try:
            added = await self.attempt(
                lambda: api.confirm_factor(FactorKind.APP, code), _("Checking the code…")
            )
            if added is not None:
                self._forget()
                await self.connection.enter(added.session)
        finally:
            self._asking = False
            self._show_keys()
        if added is not None:
            self.leave(added)

    def refused(self, problem: Problem) -> None:
        """What is wrong with the code is said there."""
        if problem.code == "factor_setup_ended":
            self._ended()
        elif self._secret is None or problem.code in _LATER:
            super().refused(problem)
        else:
            self._code.object(sentence(problem, self.site_zone))
