"""The kiosk's login: a large one-time code, a name, a keypad, the languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from vestibule.i18n import _, marked
from vestibule.kiosk.code_entry import CodeEntry
from vestibule.kiosk.keypad import Keypad
from vestibule.kiosk.languages import Languages
from vestibule.models import Problem, SignIn
from vestibule.remote.connection import Connection
from vestibule.remote.errors import Unreachable
from vestibule.screens.login import Login
from vestibule.terminal import Profile
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.mode_toggle import ModeToggle
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine, Tone
from vestibule.widgets.title_bar import TitleBar

_ROOMY = 64
"""Columns from which on the keypad has eleven keys in a row."""
_TALL, _TALL_NARROW = 23, 27
"""Lines from which on there is room for lines around its keys, and for an objection."""
_FIELDS = ("code", "name", "username", "password")


@dataclass
class Typed:
    """What was typed, for the same screen in another language."""

    values: dict[str, str]
    otp: bool = True

    def __repr__(self) -> str:
        return "Typed(••••)"


@dataclass
class LanguageChanged(Message):
    """Somebody chose a language; what they have typed stays."""

    code: str
    typed: Typed | None = None


class Entrance(Login):
    """Signs in by code; by password where the site uses no codes, or by the toggle where that is allowed."""

    CSS_PATH = "entrance.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_ROOMY, "-roomy")]  # noqa: RUF012 - declared so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+t", "switch", marked("Password or one-time code"), show=False),
        Binding("escape", "stop", show=False),
        Binding("down", "down", marked("To the keypad"), show=False),
        Binding("f5", "language", marked("Language"), show=False),
    ]

    def __init__(
        self,
        connection: Connection,
        profile: Profile,
        why: Problem | None = None,
        *,
        codes_only: bool = False,
        typed: Typed | None = None,
    ) -> None:
        """``codes_only`` hides the toggle; ``typed`` is put back after a change of language."""
        super().__init__(connection, profile, why, by_itself=False)
        self._codes_only = codes_only
        self._typed = typed

    def compose(self) -> ComposeResult:
        """The dialog with both views and the keypad; the languages, sentences, keys."""
        toggle = ModeToggle()
        toggle.set_reactive(ModeToggle.otp, self._typed is None or self._typed.otp)
        with Vertical(id="dialog"):
            yield TitleBar(self.connection.site_name or "Vestibule", toggle)
            with Vertical(id="body"):
                with Vertical(id="by-code"):
                    yield CodeEntry(_("Type your one-time code"), id="code")
                    yield Field(_("Your name"), id="name")
                with Vertical(id="by-password"):
                    yield Field(_("Username"), id="username")
                    yield Field(_("Password"), id="password", secret=True)
                yield Keypad(steady=True)
                with Horizontal(classes="buttons"):
                    yield PushButton(_("Erase all"), id="erase")
                    yield PushButton(_("Sign in"), id="sign-in")
        yield Languages()
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the view, with what was typed before the language changed."""
        otp = self._otp
        self.query_one("#by-code").display = otp
        self.query_one("#by-password").display = not otp
        for name, value in (self._typed.values if self._typed else {}).items():
            self.query_one(f"#{name}", Field).value = value
        self._typed = None
        self.fields()[0].input.focus()

    def on_resize(self) -> None:
        """Lines around the keys where there is room for them."""
        columns, lines = self.app.size
        self.query_one(Keypad).boxed = lines >= (_TALL if columns >= _ROOMY else _TALL_NARROW)

    @property
    def is_touched(self) -> bool:
        """Whether somebody has left anything here."""
        said = self.query_one(StatusLine).sentence
        return said not in ("", self._lost) or any(
            field.value or field.objection for field in self.query(Field)
        )

    @property
    def is_waiting(self) -> bool:
        """Whether the server has been asked to let somebody in."""
        return self._signing_in

    def _show_server(self) -> None:
        """The site's name, and the views that it offers."""
        otp, both = self.connection.offers_otp, self._has_choice
        self.query_one(ModeToggle).display = both
        self.query_one(TitleBar).say(self.connection.site_name or "Vestibule")
        if otp != self._otp and not both:
            self.query_one(ModeToggle).action_switch()
        keys = [("Tab", _("next")), ("Enter", _("sign in")), ("↑↓←→", _("keypad"))]
        keys += [("F2", _("password or code"))] if both else []
        self.query_one(KeyLine).say([*keys, ("F5", _("language"))])

    @property
    def _has_choice(self) -> bool:
        return self.connection.offers_otp and not self._codes_only

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nobody signs in as this device; help speaks of the desk, not of a kiosk."""
        if action in ("device", "help"):
            return False
        if action == "switch":
            return self._has_choice
        return super().check_action(action, parameters)

    def action_down(self) -> None:
        """From a field to the keypad, which types into it; from there on as everywhere."""
        if isinstance(self.focused, Input):
            self.query_one(Keypad).focus()
        else:
            self.focus_next()

    async def action_language(self) -> None:
        """Go to the languages: a choice here is for this visit, and nothing remembers it."""
        self.query_one(Languages).focus()

    def on_languages_chosen(self, event: Languages.Chosen) -> None:
        """The same screen in another language."""
        values = {name: self.query_one(f"#{name}", Field).value for name in _FIELDS}
        self.app.post_message(LanguageChanged(event.code, Typed(values, self._otp)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """After a space a name goes on with a capital."""
        keypad = self.query_one(Keypad)
        if keypad.target is event.input:
            keypad.suit()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Erase what was typed; there is no way out of here."""
        if event.button.id != "erase":
            return  # Login signs in
        event.prevent_default()
        for field in self.query(Field):
            field.value = ""
            field.accept()
        self.say("")
        self.fields()[0].input.focus()

    def say(self, what: str, tone: Tone = Tone.DONE) -> None:
        """A sentence for the person; the answer to a connection may come while the screen goes."""
        if self.query(StatusLine):
            super().say(what, tone)

    def say_unreachable(self, error: Unreachable) -> None:
        """A guest can do nothing with an address."""
        self.say(self._lost, Tone.PROBLEM)

    @property
    def _lost(self) -> str:
        return _("No connection at the moment. It comes back by itself.")

    def _request(self) -> SignIn:
        value = {field.id: field.value for field in self.query(Field)}
        if self._otp:
            # Without a device: nobody could ever use what a kiosk would remember.
            return SignIn(mode="otp", code=value["code"], name=value["name"])
        return SignIn(mode="password", username=value["username"], password=value["password"])
