"""What a session sees that must set a second factor up before anything else."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.models import FactorKind
from vestibule.render.security_words import factor_name, factor_note, missing
from vestibule.screens.base import SignedIn, SignedOut
from vestibule.screens.own_acts import OwnActs
from vestibule.two_factor_models import TwoFactor
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine


class Enrolment(OwnActs):
    """A button for each factor that can be set up; the session is a full one afterwards."""

    CSS_PATH = "enrolment.tcss"
    AUTO_FOCUS = "#app"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "sign_out", marked("Sign out"), id="enrolment.sign_out"),
        Binding("down", "app.focus_next", marked("Next button"), show=False),
        Binding("up", "app.focus_previous", marked("Previous button"), show=False),
    ]
    _state: TwoFactor | None = None

    def compose(self) -> ComposeResult:
        """Why, the ways, the way out; sentences; keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = text.content(self.connection.site_name or "Vestibule")
            yield Static(_("This site asks for two factors"), id="what")
            yield Static(
                _("Beside your password or code, set up a second way to prove who you are. Then you are in."),
                classes="sentence",
            )
            for kind in FactorKind:
                yield PushButton(factor_name(kind), id=kind.value)
                yield Static(factor_note(kind), id=f"{kind.value}-note", classes="note", markup=False)
            with Horizontal(classes="buttons"):
                yield PushButton(_("Sign out"), id="sign-out")
        yield StatusLine()
        yield KeyLine([("Enter", _("choose")), ("Tab", _("next")), ("ctrl+o", _("sign out"))], menu=True)

    def on_mount(self) -> None:
        """Ask what is offered; an app always is."""
        self._offer([FactorKind.APP])
        self.work(self._load, "offer")

    def _offer(self, kinds: list[FactorKind]) -> None:
        for kind in FactorKind:
            self.query_one(f"#{kind.value}").display = kind in kinds
            self.query_one(f"#{kind.value}-note").display = kind in kinds

    async def _load(self) -> None:
        state = await self.attempt(self.connection.api.two_factor, _("Loading…"))
        if state is not None and self.is_attached:
            self._state = state
            self._offer(missing(state))

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Set it up, or leave."""
        if event.button.id == "sign-out":
            self.action_sign_out()
        else:
            self.set_up(FactorKind(event.button.id or ""), self._state.country if self._state else "")

    def action_sign_out(self) -> None:
        """Back to the entrance."""
        self.app.post_message(SignedOut())

    def set_up_done(self, kind: FactorKind, again: bool) -> None:
        """The session is a full one: in."""
        self.app.post_message(SignedIn())
