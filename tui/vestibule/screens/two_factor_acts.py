"""What may be done in Two-factor: turn switches, after saying what that does; set limits; try a message."""

from __future__ import annotations

from functools import partial

from vestibule.device_models import Limits, LimitsChange
from vestibule.i18n import _
from vestibule.models import Client
from vestibule.render import limit_words
from vestibule.render.pairs import asked_pair
from vestibule.render.policy_words import done, hindrance, on_off, switch_labels, turning
from vestibule.screens.section import Section
from vestibule.two_factor_models import Policy, PolicyChange
from vestibule.widgets.policy_rows import PolicyRows
from vestibule.widgets.rows import Rows
from vestibule.widgets.sms_list import SmsList
from vestibule.widgets.status_line import Tone


class TwoFactorActs(Section):
    """The acts of the Two-factor screen."""

    policy: Policy | None = None
    """What is in force, once it is known."""
    limits: Limits | None = None
    """How long a session lasts, once it is known."""
    _turning = False

    @property
    def _grid(self) -> PolicyRows:
        return self.query_one(PolicyRows)

    @property
    def _messages(self) -> SmsList:
        return self.query_one(SmsList)

    def show_policy(self, policy: Policy) -> None:
        """This is in force now."""

    def show_limits(self, limits: Limits) -> None:
        """These are in force now."""

    def load_messages(self) -> None:
        """Ask for the text messages anew."""

    # --- switches -----------------------------------------------------------------------------

    def on_property_grid_stepped(self) -> None:
        """Space turns the switch."""
        self.action_turn()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """So does Enter: a switch has only one other value. A limit is edited."""
        if event.rows is self._grid:
            self.action_turn()
            self.action_edit_limit()

    def action_turn(self) -> None:
        """Turn the switch under the cursor; first say what that would do to clients."""
        name, policy = self._grid.selected_switch, self.policy
        if not name or policy is None or self._turning:
            return
        value = not getattr(policy, name)
        why_not = hindrance(policy, name) if value else ""
        question = turning(policy, name, value, self.connection.client)
        if why_not:
            self.say(why_not, Tone.PROBLEM)
        elif question:
            label = switch_labels()[name]
            title = asked_pair(label[:1].upper() + label[1:], on_off(value))
            yes = _("Turn on") if value else _("Turn off")
            self._ask(title, question, yes, lambda: self._turn(name, value))
        else:
            self.work(lambda: self._turn(name, value), "policy")

    async def _turn(self, name: str, value: bool) -> None:
        if self._turning:
            return
        self._turning = True
        change = PolicyChange(**{name: value})
        try:
            policy = await self.attempt(lambda: self.connection.api.change_policy(change))
        finally:
            self._turning = False
        if policy is not None:
            self.show_policy(policy)
            self.say(done(policy, name))

    # --- limits -------------------------------------------------------------------------------

    def action_edit_limit(self) -> None:
        """Type another number for the limit under the cursor."""
        from vestibule.screens.question import Question

        name, limits = self._grid.selected_limit, self.limits
        if not name or limits is None:
            return
        question = Question(
            limit_words.labels()[name],
            limit_words.explanations()[name],
            limit_words.unit(name),
            _("Save"),
            str(getattr(limits, name)),
            partial(limit_words.objection, name),
        )

        def answered(number: str | None) -> None:
            if number is not None:
                self.work(lambda: self._set_limit(name, int(number)), "limits")

        self.app.push_screen(question, answered)

    async def _set_limit(self, name: str, number: int) -> None:
        change = LimitsChange(**{name: number})
        limits = await self.attempt(lambda: self.connection.api.change_limits(change))
        if limits is not None:
            self.show_limits(limits)
            self.say(limit_words.done(name, number))

    # --- text messages ------------------------------------------------------------------------

    def action_test(self) -> None:
        """Send a message for trying out."""
        from vestibule.screens.sms_test import SmsTest

        own: Client | None = self.connection.client
        dialog = SmsTest(self.connection, self.site_zone, (own.phone if own is not None else "") or "")
        self.app.push_screen(dialog, lambda _nothing: self.load_messages())
