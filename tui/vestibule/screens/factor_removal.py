"""Switches a second factor off, against the password and a code."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vestibule.i18n import _, marked
from vestibule.models import FactorKind, Problem
from vestibule.remote.connection import Connection
from vestibule.render.security_words import factor_name, kinds, methods, removal_note
from vestibule.render.sentences import sentence
from vestibule.screens.trying import Trying
from vestibule.two_factor_models import FactorRemoval as Removal
from vestibule.two_factor_models import FactorRemoved, Method, TwoFactor
from vestibule.widgets.choice import Choice
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.sms_delivery import SmsDelivery
from vestibule.widgets.status_line import StatusLine

_ABOUT_CODE = ("factor_code", "recovery_code", "clock_", "sms_code")


class FactorRemoval(Trying[FactorRemoved | None]):
    """True once it is off."""

    CSS_PATH = "factor_removal.tcss"
    AUTO_FOCUS = "Field:enabled Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", marked("Cancel")),
        Binding("enter,down", "app.focus_next", marked("Next field"), show=False),
        Binding("up", "app.focus_previous", marked("Previous field"), show=False),
        Binding("f5", "resend", marked("Send a code")),
    ]

    def __init__(
        self,
        connection: Connection,
        site_zone: ZoneInfo,
        kind: FactorKind,
        state: TwoFactor,
        has_password: bool,
        *,
        plain: bool = False,
    ) -> None:
        """``state``: what is set up; ``plain``: only glyphs of a console font."""
        super().__init__(connection, site_zone)
        self._kind = kind
        self._last = kinds(state) == [kind]
        self._methods = methods(state)
        self._has_password = has_password
        self._plain = plain
        self._asking = False
        self._deciding = False

    def compose(self) -> ComposeResult:
        """What it means, where the code comes from, password and code, the buttons, the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Switch off: %(factor)s") % {"factor": factor_name(self._kind)}
            yield Static(removal_note(self._last), classes="sentence", markup=False)
            if self._has_password:
                yield Field(_("Password"), id="password", secret=True)
            with Horizontal(id="method-row"):
                yield Static(_("Code from"), id="method-label")
                yield Choice(self._methods, self._first_method, id="method", plain=self._plain)
            yield Field(_("Code"), id="code")
            with Vertical(id="by-sms"):
                yield SmsDelivery(self.connection.api.removal_code, plain=self._plain, id="delivery")
                with Horizontal(classes="buttons"):
                    yield PushButton(_("Send a code"), id="send")
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Switch off"), id="go")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what the method needs."""
        self._show_method()

    @property
    def _first_method(self) -> Method:
        """The factor's own, as long as it may be used."""
        own = Method(self._kind.value)
        offered = [method for method, _label in self._methods]
        return own if own in offered else offered[0]

    # --- where the code comes from ------------------------------------------------------------

    @property
    def _method(self) -> Method:
        chosen: Method = self.query_one("#method", Choice).value
        return chosen

    def on_choice_changed(self) -> None:
        """Another kind of code is asked for: what was typed of the first one is none."""
        self._field("code").value = ""
        self._field("code").accept()
        self._show_method()

    def _show_method(self) -> None:
        self.query_one("#by-sms").display = self._method is Method.SMS
        examples = {Method.RECOVERY: "XXXX-XXXX-XXXX-XXXX-XXXX-XXXX"}
        self._field("code").input.placeholder = examples.get(self._method, "123 456")
        self._show_keys()

    def _show_keys(self) -> None:
        self.refresh_bindings()
        free = self.check_action("resend", ())
        self.query_one("#send").disabled = not free
        keys = [("Enter", _("go on")), ("Tab", _("next"))]
        keys += [("F5", _("send a code"))] if free else []
        self.query_one(KeyLine).say([*keys, ("Esc", _("cancel"))])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A message only where it is asked for, and not at once again."""
        if action != "resend":
            return True
        return self.is_mounted and self._method is Method.SMS and not self.query_one(SmsDelivery).wait

    def action_resend(self) -> None:
        """Have a code sent, or another one."""
        if not self._asking and self.check_action("resend", ()):
            self._asking = True
            self.beside(self._have_code_sent, "send")

    async def _have_code_sent(self) -> None:
        try:
            sent = await self.attempt(self.connection.api.send_removal_code, _("Sending… Esc stops"))
        finally:
            self._asking = False
        if sent is not None and self.is_there:
            self.query_one(SmsDelivery).show(sent)
            self._field("code").input.focus()
            self._show_keys()

    def on_sms_delivery_ready(self) -> None:
        """Another code may be asked for."""
        self._show_keys()

    # --- going on -----------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        for field in self.query(Field):
            if field.input is event.input:
                field.accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on: to the code, which has to be sent first if it comes by SMS, and then out."""
        event.stop()
        code = self._field("code")
        if event.input is code.input:
            self._remove()
        else:
            code.input.focus()
        if self._method is Method.SMS and not self.query_one(SmsDelivery).sent:
            self.action_resend()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """What the button says."""
        acts = {"send": self.action_resend, "go": self._remove}
        acts.get(event.button.id or "", self.action_back)()

    def action_back(self) -> None:
        """Stop sending; else leave it, unless the server has been asked to decide."""
        if self._asking:
            self.workers.cancel_group(self, "send")
            self.say(_("Stopped. Nothing you typed is lost."))
        elif not self._deciding:
            self.leave(None)

    def _remove(self) -> None:
        if self._deciding or self._asking or self.left:
            return
        if self._has_password and not self._field("password").value:
            self._field("password").object(_("Type your password."))
        elif not self._field("code").value.strip():
            self._field("code").object(_("Type the code too."))
        else:
            self._deciding = True
            self.beside(self._send, "remove")

    async def _send(self) -> None:
        password = self._field("password").value if self._has_password else None
        removal = Removal(code=self._field("code").value.strip(), password=password, method=self._method)

        api = self.connection.api
        try:
            removed = await self.attempt(lambda: api.remove_factor(self._kind, removal), _("Switching off…"))
        finally:
            self._deciding = False
        if removed is not None:
            for field in self.query(Field):
                field.value = ""
            self.leave(removed)

    def refused(self, problem: Problem) -> None:
        """Told at the field it is about."""
        if problem.code in ("password_wrong", "password_missing") and self._has_password:
            self._field("password").object(_("This is not your password."))
        elif problem.field == "code" or problem.code.startswith(_ABOUT_CODE):
            self._field("code").object(sentence(problem, self.site_zone))
        else:
            super().refused(problem)

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)
