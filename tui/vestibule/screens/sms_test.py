"""Sends a text message for trying out, and says what becomes of it."""

from __future__ import annotations

import asyncio
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.models import Problem
from vestibule.remote.connection import Connection
from vestibule.render.sentences import of_code, sentence
from vestibule.render.sms_words import result
from vestibule.screens.trying import Trying
from vestibule.two_factor_models import Delivery, Sms
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine

_MARKS = {Delivery.QUEUED: "… ", Delivery.SENT: "", Delivery.FAILED: "! "}


class SmsTest(Trying[None]):
    """Stays open until it is left, so that the message can be followed and sent again."""

    DEFAULT_CSS = "SmsTest #result { height: auto; max-height: 4; padding: 0 1; text-style: bold; }"
    AUTO_FOCUS = "#number Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", marked("Close"))]
    SECONDS: ClassVar[float] = 1.0
    """How often the message is asked for while it is on its way."""

    def __init__(self, connection: Connection, site_zone: ZoneInfo, number: str = "") -> None:
        """``number`` stands in the field until something else is typed."""
        super().__init__(connection, site_zone)
        self._number = number
        self._sending = False
        self._following = ""
        """The message that is followed."""

    def compose(self) -> ComposeResult:
        """The number, what becomes of the message, the buttons, the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Send a test message")
            yield Static(_("A message without a code, to see that the gateway works."), classes="sentence")
            yield Field(_("Number"), id="number", value=self._number, placeholder="+41 79 123 45 67")
            yield Static("", id="result", markup=False)
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("Close"), id="close")
                yield PushButton(_("Send"), id="send")
        yield KeyLine([("Enter", _("send")), ("Tab", _("next")), ("Esc", _("close"))])

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        self.query_one(Field).accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter sends."""
        event.stop()
        self._send()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Send or leave."""
        if event.button.id == "send":
            self._send()
        else:
            self.action_close()

    def action_close(self) -> None:
        """Leave it; a message that is on its way goes on, and stands in the list."""
        self.leave(None)

    def _send(self) -> None:
        field = self.query_one(Field)
        if self._sending or self.left:
            return
        if not field.value.strip():
            field.object(of_code("phone_invalid"))
            return
        self._sending = True
        self._following = ""
        self._tell("")
        self.say("")
        self.beside(self._send_and_follow, "sms")

    async def _send_and_follow(self) -> None:
        number = self.query_one(Field).value.strip()
        try:
            message = await self.attempt(lambda: self.connection.api.send_test_sms(number), _("Sending…"))
        finally:
            self._sending = False
        if message is not None:
            self._following = message.id
            await self._follow(message)

    async def _follow(self, message: Sms) -> None:
        """Until it is sent or failed, or another one is followed."""
        followed = message.id
        while self.is_there and self._following == followed:
            self._tell(_MARKS[message.delivery] + result(message))
            if message.delivery is not Delivery.QUEUED:
                return
            await asyncio.sleep(self.SECONDS)
            answer = await self.attempt(lambda: self.connection.api.sms(followed))
            if answer is None:
                return
            message = answer

    def _tell(self, said: str) -> None:
        self.query_one("#result", Static).update(text.content(said))

    def refused(self, problem: Problem) -> None:
        """What is wrong with the number is said there."""
        if problem.field == "number":
            self.query_one(Field).object(sentence(problem, self.site_zone))
        else:
            super().refused(problem)
