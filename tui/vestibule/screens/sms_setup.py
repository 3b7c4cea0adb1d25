"""Sets codes by text message up: country and number, then the code that was sent there."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vestibule import i18n
from vestibule.i18n import _, marked
from vestibule.models import FactorKind, Problem
from vestibule.remote.connection import Connection
from vestibule.render.security_words import factor_note
from vestibule.render.sentences import sentence
from vestibule.screens.trying import Trying
from vestibule.two_factor_models import FactorAdded
from vestibule.widgets.country_list import CountryList
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.sms_delivery import SmsDelivery
from vestibule.widgets.status_line import StatusLine, Tone

_AT_CODE = frozenset(
    {"factor_code_incomplete", "factor_code_wrong", "factor_code_used", "factor_code_expired"}
)


class SmsSetup(Trying[FactorAdded | None]):
    """Gives what the server put in force. First the number, then the code; Esc goes one step back."""

    CSS_PATH = "sms_setup.tcss"
    AUTO_FOCUS = None
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall")]  # noqa: RUF012 - declared so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", marked("Back")),
        Binding("f5", "resend", marked("Send another code")),
    ]

    def __init__(
        self, connection: Connection, site_zone: ZoneInfo, country: str, *, plain: bool = False
    ) -> None:
        """``country`` is offered first; ``plain``: only glyphs of a console font."""
        super().__init__(connection, site_zone)
        self._country = country
        self._plain = plain
        self._asking = False
        self._deciding = False

    def compose(self) -> ComposeResult:
        """The number, or the code; sentences; keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Codes by SMS")
            with Vertical(id="by-number"):
                yield Static(factor_note(FactorKind.SMS), classes="sentence", id="note", markup=False)
                country = self._country or None
                yield CountryList(i18n.current(), country, id="country", plain=self._plain)
                yield Field(_("Mobile number"), id="number")
                with Horizontal(classes="buttons"):
                    yield PushButton(_("Cancel"), id="cancel")
                    yield PushButton(_("Send a code"), id="send")
            with Vertical(id="by-code"):
                yield SmsDelivery(self.connection.api.setup_code, plain=self._plain, id="delivery")
                yield Field(_("Code"), id="code", placeholder="123 456")
                with Horizontal(classes="buttons"):
                    yield PushButton(_("Back"), id="other")
                    yield PushButton(_("Resend"), id="again")
                    yield PushButton(_("Go on"), id="go")
            yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """The number comes first."""
        self._show_step(number=True)

    # --- the two steps ------------------------------------------------------------------------

    @property
    def _at_number(self) -> bool:
        return self.query_one("#by-number").display

    def _show_step(self, number: bool) -> None:
        self.query_one("#by-number").display = number
        self.query_one("#by-code").display = not number
        field = self._field("number" if number else "code")
        field.accept()
        countries = self.query_one(CountryList)
        (countries if number and countries.value is None else field).input.focus()
        self._show_keys()

    def _show_keys(self) -> None:
        self.refresh_bindings()
        if self._at_number:
            keys = [("Enter", _("send a code")), ("Tab", _("next")), ("Esc", _("cancel"))]
        else:
            keys = [("Enter", _("go on")), ("Tab", _("next")), ("Esc", _("other number"))]
            keys += [("F5", _("send another"))] if self.check_action("resend", ()) else []
        self.query_one(KeyLine).say(keys)
        self.query_one("#again").disabled = not self.check_action("resend", ())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Another code only after a while."""
        if action != "resend":
            return True
        return self.is_mounted and not self._at_number and not self.query_one(SmsDelivery).wait

    def action_back(self) -> None:
        """To the number, and from there out; what is being sent is stopped, what is being decided is not."""
        if self._deciding:
            return  # the answer may bring the recovery code, which is shown once
        if self._asking:
            self.workers.cancel_group(self, "send")
            self.say(_("Stopped. Nothing you typed is lost."))
        elif self._at_number:
            self.leave(None)
        else:
            self.query_one(SmsDelivery).forget()
            self._field("code").value = ""
            self.say("")
            self._show_step(number=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        for field in self.query(Field):
            if field.input is event.input:
                field.accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on."""
        event.stop()
        if self._at_number:
            self._send()
        else:
            self._confirm()

    def on_country_list_chosen(self, event: CountryList.Chosen) -> None:
        """The country is known: on to the number."""
        event.stop()
        self.say("")
        self._field("number").input.focus()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """What the button says."""
        acts = {"send": self._send, "go": self._confirm, "again": self.action_resend}
        acts.get(event.button.id or "", self.action_back)()

    # --- the number ---------------------------------------------------------------------------

    def _send(self) -> None:
        if self._asking or self.left:
            return
        countries = self.query_one(CountryList)
        if countries.value is None and not self._field("number").value.strip().startswith(("+", "00")):
            self.say(_("Choose the country first: type its name, then Enter."), Tone.PROBLEM)
            countries.input.focus()
        elif not self._field("number").value.strip():
            self._field("number").object(_("Type the number of your mobile phone."))
        else:
            self.say("")
            self._ask_for_code()

    def action_resend(self) -> None:
        """Another code to the same number; wrong attempts stay counted."""
        if not self._asking and self.check_action("resend", ()):
            self._ask_for_code()

    def _ask_for_code(self) -> None:
        self._asking = True
        self.beside(self._have_code_sent, "send")

    async def _have_code_sent(self) -> None:
        country = self.query_one(CountryList).value or ""
        number = self._field("number").value.strip()
        try:
            sent = await self.attempt(
                lambda: self.connection.api.begin_sms(country, number), _("Sending… Esc stops")
            )
        finally:
            self._asking = False
        if sent is not None and self.is_there:
            self.query_one(SmsDelivery).show(sent)
            if self._at_number:
                self._show_step(number=False)
            self._show_keys()

    def on_sms_delivery_ready(self) -> None:
        """Another code may be asked for."""
        self._show_keys()

    # --- the code -----------------------------------------------------------------------------

    def _confirm(self) -> None:
        code = self._field("code")
        if self._deciding or self._asking or self.left:
            return
        if not code.value.strip():
            code.object(_("Type the code from the message."))
            return
        self._deciding = True
        self.beside(self._send_code, "confirm")

    async def _send_code(self) -> None:
        code, api = self._field("code").value, self.connection.api
        try:
            added = await self.attempt(
                lambda: api.confirm_factor(FactorKind.SMS, code), _("Checking the code…")
            )
            if added is not None:
                await self.connection.enter(added.session)
        finally:
            self._deciding = False
        if added is not None:
            self.leave(added)

    def refused(self, problem: Problem) -> None:
        """Told at the field it is about."""
        if problem.code in _AT_CODE and not self._at_number:
            self._field("code").object(sentence(problem, self.site_zone))
        elif problem.code.startswith("phone_") or problem.field == "number" or problem.code == "sms_prefix":
            self._show_step(number=True)
            self._field("number").object(sentence(problem, self.site_zone))
        else:
            super().refused(problem)

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)
