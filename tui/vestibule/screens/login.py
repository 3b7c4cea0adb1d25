"""The login dialog: password or one-time code, with the toggle at the far right."""

from __future__ import annotations

import socket
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from vestibule import i18n
from vestibule.i18n import _, marked
from vestibule.models import SignIn
from vestibule.render.path_words import named
from vestibule.screens.entering import Entering
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.mode_toggle import ModeToggle
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine
from vestibule.widgets.title_bar import TitleBar


class Login(Entering):
    """Who is there? Signs in by itself where this device is remembered and the site allows it."""

    CSS_PATH = "login.tcss"
    AUTO_FOCUS = "#username Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t,f2", "switch", marked("Password or one-time code"), id="login.switch"),
        Binding("f3", "device", marked("Sign in as this device"), id="login.device"),
        Binding("f5", "language", marked("Language"), id="login.language"),
        Binding("escape", "stop", marked("Stop signing in")),
    ]

    def compose(self) -> ComposeResult:
        """The dialog, a place for sentences, the keys."""
        with Vertical(id="dialog"):
            yield TitleBar(self.connection.site_name or "Vestibule", ModeToggle())
            with Vertical(id="body"):
                with Vertical(id="by-password"):
                    yield Field(_("Username"), id="username")
                    yield Field(_("Password"), id="password", secret=True)
                with Horizontal(classes="buttons"):
                    yield PushButton(_("Cancel"), id="cancel")
                    yield PushButton(_("Sign in"), id="sign-in")
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """The code of a link that was pasted stands in its field already."""
        code, self.connection.code = self.connection.code, ""
        if code:
            self.call_next(self._take, code)

    async def _take(self, code: str) -> None:
        self.query_one(ModeToggle).otp = True
        await self._show_view(True)
        self.query_one("#code", Field).value = code
        self.query_one("#name", Field).input.focus()

    # --- the two views ------------------------------------------------------------------------

    @property
    def _otp(self) -> bool:
        return self.query_one(ModeToggle).otp

    def action_switch(self) -> None:
        """Choose the other view by key."""
        if self.connection.offers_otp:
            self.query_one(ModeToggle).action_switch()

    async def on_mode_toggle_changed(self, event: ModeToggle.Changed) -> None:
        """Show the chosen view; what was typed in the other stays there."""
        await self._show_view(event.otp)
        self._show_server()
        self.fields()[0].input.focus()

    async def _show_view(self, otp: bool) -> None:
        if not self.query("#by-code"):
            await self.query_one("#body").mount(self._code_view(), after="#by-password")
        self.query_one("#by-password").display = not otp
        self.query_one("#by-code").display = otp

    @property
    def _proof(self) -> Field:
        """The field that says who it is; the first to be typed anew."""
        return self.query_one("#code" if self._otp else "#password", Field)

    def _code_view(self) -> Vertical:
        """Made when it is first asked for: most people sign in by password, and the dialog opens sooner."""
        return Vertical(
            Field(_("One-time code"), id="code", placeholder="XXXX-XXXX-XXXX"),
            Field(_("Your name"), id="name"),
            Field(_("This device"), id="device", value=socket.gethostname()[:64]),
            id="by-code",
        )

    def fields(self) -> list[Field]:
        """The fields of the view that is shown."""
        return list(self.query_one("#by-code" if self._otp else "#by-password").query(Field))

    def _show_server(self) -> None:
        offered = self.connection.offers_otp
        self.query_one(ModeToggle).display = offered
        self.query_one(TitleBar).say(named(self.connection.site_name or "Vestibule", self.connection.path))
        if not offered and self._otp:
            self.query_one(ModeToggle).action_switch()
        keys = [("Enter", _("sign in"))]
        keys += [("ctrl+t", _("password") if self._otp else _("OTP"))] if offered else []
        keys += [("Tab", _("next"))]
        # Whoever looks for their language finds its own name, not the word for it in another one.
        keys += [("F5", i18n.LANGUAGES[i18n.following(i18n.current())])]
        keys += [("F3", _("as this device"))] if self.connection.knows_device else []
        self.query_one(KeyLine).say([*keys, ("F4", _("sites")), ("ctrl+q", _("quit"))])

    # --- another language ---------------------------------------------------------------------

    async def action_language(self) -> None:
        """Say everything in the next language; what was typed stays."""
        if self._signing_in or self._second_is_open:
            return
        self._begin.stop()
        self.workers.cancel_group(self, "connect")  # it would speak to widgets that are gone
        await self.connection.choose_language(i18n.following(i18n.current()))
        typed, otp = self.typed(), self._otp
        await self.recompose()
        if "code" in typed.values:
            self.query_one(ModeToggle).otp = otp
            await self._show_view(otp)
        self.fill(typed)
        self._show_server()
        self._tell_why()
        self.work(self._connect, "connect")

    # --- keys, and what is sent ---------------------------------------------------------------

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Sign in or leave."""
        if event.button.id == "sign-in":
            self.submit()
        else:
            self.app.exit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        ways = {
            "stop": self._signing_in,
            "switch": self.connection.offers_otp,
            "device": self.connection.knows_device,
        }
        return ways.get(action, True)

    def _request(self) -> SignIn:
        value = {field.id: field.value for field in self.query(Field)}
        if self._otp:
            return SignIn(mode="otp", code=value["code"], name=value["name"], device=value["device"])
        return SignIn(mode="password", username=value["username"], password=value["password"])
