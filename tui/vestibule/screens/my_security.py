"""My security: one's own second factors and password."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from vestibule.i18n import _, marked, pgettext
from vestibule.models import Events, FactorKind, Me
from vestibule.render.client_details import lines
from vestibule.render.device_words import Place, how_many, places
from vestibule.render.security_words import advice, facts, heading, kinds, missing, removed
from vestibule.render.sentences import of_code
from vestibule.screens.section import Section
from vestibule.screens.sections import OWN_DIGIT
from vestibule.two_factor_models import FactorRemoved, TwoFactor
from vestibule.widgets.header_line import HeaderLine
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.rows import Heading
from vestibule.widgets.status_line import StatusLine, Tone

_WIDEST = 76


class MySecurity(Section):
    """What is set up, what that means, and the keys that change it."""

    CSS_PATH = "my_security.tcss"
    DIGIT = OWN_DIGIT
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "enable", marked("Enable a second factor"), id="my_security.enable"),
        Binding("s", "sync", marked("Sync authenticator app"), show=False, id="my_security.sync"),
        Binding("d", "disable", marked("Disable a second factor"), id="my_security.disable"),
        Binding("r", "recovery", marked("New recovery code"), id="my_security.recovery"),
        Binding("p", "change_password", marked("Change password"), show=False, id="my_security.password"),
        Binding("w", "devices", marked("Where you are signed in"), id="my_security.devices"),
    ]
    _state: TwoFactor | None = None
    _me: Me | None = None
    _places: Sequence[Place] = ()
    _asked = 0
    """Number of the last question: an older answer is not shown."""

    def compose(self) -> ComposeResult:
        """Header; the state, what to do, the facts; sentences; keys."""
        yield HeaderLine()
        yield Heading(id="state")
        with VerticalScroll(id="security", can_focus=False):
            yield Static("", id="advice", markup=False)
            yield Static("", id="facts", markup=False)
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask for the state."""
        self._show()
        self._load()

    # --- what is shown ------------------------------------------------------------------------

    def news(self, events: Events) -> None:
        """One's own access may have changed, or the policy."""
        super().news(events)
        own = self.connection.client.id if self.connection.client else None
        mine = any(event.subject in (own, None) for event in events.events)
        if events.reset or mine:
            self._load()

    def line(self, lost: bool) -> None:
        """Back after a lost connection: load anew."""
        super().line(lost)
        if not lost:
            self._load()

    def own_access_changed(self) -> None:
        """Factors or password are others now."""
        self._load()

    def on_resize(self) -> None:
        """Long values are wrapped to the width."""
        super().on_resize()
        self._show()

    def _load(self) -> None:
        self.work(self._fetch, "security")

    async def _fetch(self) -> None:
        self._asked += 1
        number = self._asked

        async def ask() -> tuple[TwoFactor, Me, Sequence[Place]]:
            api = self.connection.api
            return await api.two_factor(), await api.me(), places(*await api.signed_in())

        answer = await self.attempt(ask, _("Loading…"))
        if answer is not None and number == self._asked and self.is_attached:
            self._state, self._me, self._places = answer
            self.connection.client = self._me.client
            self._show()

    def _show(self) -> None:
        self.query_one("#state", Heading).words = heading(self._state)
        if self._state is not None and self._me is not None:
            now, width = datetime.now(UTC), min(self.app.size.width - 2, _WIDEST)
            client, has_password = self._me.client, self._me.has_password
            plain = self.profile.plain_glyphs
            found = facts(self._state, client, has_password, now, self.site_zone, plain=plain)
            found.append((_("Devices"), how_many(self._places)))
            self.query_one("#advice", Static).update(advice(self._state))
            self.query_one("#facts", Static).update(lines(found, width))
        self.show_keys()

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        if action == "enable":
            return self._state is not None and bool(missing(self._state))
        if action in ("disable", "recovery"):
            return self._state is not None and bool(self._state.factors)
        return super().check_action(action, parameters)

    def keys_in_force(self) -> list[tuple[str, str]]:
        """What can be done now."""
        is_on = self._state is not None and bool(self._state.factors)
        keys = [
            ("enable", "e", _("enable another") if is_on else pgettext("a second factor", "enable")),
            ("sync", "s", _("sync app")),
            ("disable", "d", pgettext("a second factor", "disable")),
            ("recovery", "r", _("new recovery code")),
            ("change_password", "p", _("password")),
            ("devices", "w", _("devices")),
        ]
        found = [(key, words) for action, key, words in keys if self.check_action(action, ())]
        return [*found, *super().keys_in_force()]

    def action_enable(self) -> None:
        """Set a factor up, after asking which."""
        state = self._state
        if state is None:
            return
        choice = missing(state)
        if len(choice) == 1:
            self.set_up(choice[0], state.country)
        else:
            title = _("Which second factor?")
            self._choose(title, choice, True, lambda kind: self.set_up(kind, state.country))

    def action_recovery(self) -> None:
        """A new recovery code, after asking: the one that was kept would be useless."""
        from vestibule.screens.confirmation import Confirmation

        question = _("The one you have kept, if any, is dead then.")
        asked = Confirmation(_("A new recovery code?"), question, _("Make one"))
        self.app.push_screen(asked, self._renew_recovery)

    def _renew_recovery(self, wanted: bool | None) -> None:
        if wanted:
            self.work(self._new_recovery_code, "recovery")

    async def _new_recovery_code(self) -> None:
        made = await self.attempt(self.connection.api.new_recovery_code)
        if made is not None:
            self._show_recovery_code(made.recovery_code, lambda _kept: self._load())

    def _show_recovery_code(self, code: str, then: Callable[[bool | None], None]) -> None:
        from vestibule.screens.recovery_shown import RecoveryShown

        self.app.push_screen(RecoveryShown(code, self.profile), then)

    def action_disable(self) -> None:
        """Switch a factor off, after asking which if there are two."""
        state = self._state
        if state is None:
            return
        choice = kinds(state)
        if state.required and len(choice) == 1:
            self.say(of_code("factor_required"), Tone.PROBLEM)
        elif len(choice) == 1:
            self._disable(choice[0])
        else:
            self._choose(_("Switch which one off?"), choice, False, self._disable)

    def _choose(
        self, title: str, choice: list[FactorKind], notes: bool, act: Callable[[FactorKind], None]
    ) -> None:
        from vestibule.screens.factor_choice import FactorChoice

        def answered(kind: FactorKind | None) -> None:
            if kind is not None:
                act(kind)

        self.app.push_screen(FactorChoice(title, choice, notes=notes), answered)

    def _disable(self, kind: FactorKind) -> None:
        from vestibule.screens.factor_removal import FactorRemoval

        state, me = self._state, self._me
        if state is None or me is None:
            return
        left = [each for each in kinds(state) if each is not kind]

        def done(_kept: bool | None = None) -> None:
            self._load()
            self.say(removed(kind, left))

        def answered(off: FactorRemoved | None) -> None:
            if off is None:
                self._load()
            elif off.recovery_code is None:
                done()
            else:
                self._show_recovery_code(off.recovery_code, done)

        plain = self.profile.plain_glyphs
        removal = FactorRemoval(self.connection, self.site_zone, kind, state, me.has_password, plain=plain)
        self.app.push_screen(removal, answered)
