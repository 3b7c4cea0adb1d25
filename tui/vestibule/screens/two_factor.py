"""Two-factor: who must use two factors, what that needs of the server, and the text messages it sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import DescendantFocus
from textual.timer import Timer
from textual.widgets import Static

from vestibule import text
from vestibule.device_models import Limits
from vestibule.i18n import _, marked
from vestibule.models import Events
from vestibule.remote.connection import Connection
from vestibule.render import limit_words
from vestibule.render.policy_words import asked_now, explained, lines
from vestibule.render.sms_words import nothing_sent, whole
from vestibule.screens.two_factor_acts import TwoFactorActs
from vestibule.terminal import Profile
from vestibule.text import visible
from vestibule.two_factor_models import Delivery, Policy, SmsPage
from vestibule.widgets.header_line import HeaderLine
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.policy_rows import PolicyRows
from vestibule.widgets.rows import Heading, Rows
from vestibule.widgets.sms_list import SmsList
from vestibule.widgets.status_line import StatusLine

_ASKED_ANEW = frozenset({"policy", "client", "factor", "factors"})
"""What changes the policy or how many it asks; each question for it has the clock and the gateway checked."""
_PAGE, _MOST = 50, 200
"""Messages asked for at first, and at most."""


class TwoFactor(TwoFactorActs):
    """The policy over the messages; the keys are those of the part in focus."""

    CSS_PATH = "two_factor.tcss"
    DIGIT = "4"
    AUTO_FOCUS = "PolicyRows"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (72, "-narrow")]  # noqa: RUF012 - declared so by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "edit_limit", marked("Edit this row"), id="two_factor.edit_limit"),
        Binding("t", "test", marked("Send a test message"), id="two_factor.test"),
        Binding("r", "check", marked("Check again"), id="two_factor.check"),
    ]
    SECONDS: ClassVar[float] = 2.0
    """How often a message that is on its way is asked for."""

    _wanted = _PAGE
    _more = False
    """Whether there are older messages than those listed."""
    _timer: Timer | None = None

    def __init__(self, connection: Connection, profile: Profile) -> None:
        super().__init__(connection, profile)
        self._parts: dict[str, Callable[[], Awaitable[None]]] = {
            "policy": self._fetch_policy,
            "limits": self._fetch_limits,
            "messages": self._fetch_messages,
        }
        self._loading: set[str] = set()
        """What has been asked for …"""
        self._again: set[str] = set()
        """… and what has changed since."""

    def compose(self) -> ComposeResult:
        """Header; switches and needs; messages; a few words on the row in focus; sentences; keys."""
        yield HeaderLine()
        yield Heading(id="policy-heading")
        yield PolicyRows()
        yield Heading(id="sms-heading")
        yield SmsList(plain_glyphs=self.profile.plain_glyphs)
        yield Static("", id="about", markup=False)
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask for everything."""
        self._messages.zone = self.site_zone
        self._timer = self.set_interval(self.SECONDS, self._poll, pause=True)
        self._show_headings()
        self._load()

    def on_screen_resume(self) -> None:
        """Time has passed: a clock may have gone wrong, a gateway silent."""
        if self.policy is not None:
            self._load()

    # --- what is in force ---------------------------------------------------------------------

    def news(self, events: Events) -> None:
        """Something changed: who is asked, or a message. Out of sight it is asked for on the way back."""
        super().news(events)
        kinds = {event.action.split(".")[0] for event in events.events}
        if self.is_active and (events.reset or kinds & _ASKED_ANEW):
            self.load_policy()
        if self.is_active and (events.reset or "sms" in kinds):
            self.load_messages()
        if self.is_current and (events.reset or "limits" in kinds):
            self._fetch("limits")

    def line(self, lost: bool) -> None:
        """Back after a lost connection: load anew."""
        super().line(lost)
        if not lost:
            self._load()

    def action_check(self) -> None:
        """Ask for everything anew."""
        self._load()

    def _load(self) -> None:
        self.load_policy()
        self._fetch("limits")
        self.load_messages()

    def load_policy(self) -> None:
        """Ask for the policy anew."""
        self._fetch("policy")

    def load_messages(self) -> None:
        """Ask for the text messages anew."""
        self._fetch("messages")

    def _fetch(self, part: str) -> None:
        """One question at a time: a gateway that does not answer makes the server slow to tell."""
        if part in self._loading:
            self._again.add(part)
            return
        self._loading.add(part)
        self.work(lambda: self._fetch_part(part), part)

    async def _fetch_part(self, part: str) -> None:
        try:
            await self._parts[part]()
        finally:
            self._loading.discard(part)
        if part in self._again and self.is_attached:
            self._again.discard(part)
            self._fetch(part)

    async def _fetch_policy(self) -> None:
        answer = await self.attempt(self.connection.api.policy, _("Checking…"))
        if answer is not None and not self._turning and self.is_attached:
            self.show_policy(answer)

    async def _fetch_limits(self) -> None:
        answer = await self.attempt(self.connection.api.limits, _("Loading…"))
        if answer is not None and self.is_attached:
            self.show_limits(answer)

    async def _fetch_messages(self) -> None:
        page = await self.attempt(lambda: self.connection.api.sms_page(self._wanted), _("Loading…"))
        if page is not None and self.is_attached:
            self._show_messages(page)

    def _poll(self) -> None:
        if self.is_active:
            self.load_messages()

    # --- what is shown ------------------------------------------------------------------------

    def show_policy(self, policy: Policy) -> None:
        """This is in force now."""
        self.policy = policy
        self._show_grid()
        self._messages.empty = nothing_sent(policy.gateway)
        if not self._messages.items:
            self._messages.refresh()
        self._show_headings()
        self._show_row()

    def show_limits(self, limits: Limits) -> None:
        """These are in force now."""
        self.limits = limits
        self._show_grid()
        self._show_row()

    def _show_grid(self) -> None:
        """The limits come below the policy, which takes longer to be told."""
        if self.policy is not None:
            limits = limit_words.lines(self.limits) if self.limits is not None else []
            self._grid.show([*lines(self.policy, self.profile.plain_glyphs), *limits])

    def _show_messages(self, page: SmsPage) -> None:
        self._more = page.next is not None and self._wanted < _MOST
        self._messages.show(page.messages)
        if self._timer is not None:
            on_its_way = any(message.delivery is Delivery.QUEUED for message in page.messages)
            (self._timer.resume if on_its_way else self._timer.pause)()
        self._show_row()

    def _show_headings(self) -> None:
        titles = {"policy": [_("Policy")], "sms": [_("Text messages")]}
        if self.policy is not None:
            titles["policy"].append(asked_now(self.policy))
            kind = visible(self.policy.gateway) or _("none")
            titles["sms"].append(_("gateway: %(kind)s") % {"kind": kind})
        for part, words in titles.items():
            self._heading(part).words = " · ".join(words)

    @property
    def _has_gateway(self) -> bool:
        return self.policy is not None and bool(self.policy.gateway)

    def _show_row(self) -> None:
        said = explained(self._grid.selected, self.policy) if self.policy is not None else ""
        if self.focused is self._messages:
            chosen = self._messages.selected
            said = whole(chosen, datetime.now(UTC), self.site_zone) if chosen is not None else ""
        self.query_one("#about", Static).update(text.content(said))
        self.show_keys()

    def _heading(self, part: str) -> Heading:
        return self.query_one(f"#{part}-heading", Heading)

    # --- focus, keys --------------------------------------------------------------------------

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The headings, the words and the keys follow the focus."""
        for part, kind in (("policy", PolicyRows), ("sms", SmsList)):
            self._heading(part).current = isinstance(event.widget, kind)
        self._show_row()

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """Another row; at the last message older ones are fetched."""
        at_end = self._messages.cursor == len(self._messages.items) - 1
        if event.rows is self._messages and self._more and at_end:
            self._more = False
            self._wanted = min(_MOST, self._wanted + _PAGE)
            self.load_messages()
        self._show_row()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        if action == "turn":
            return self.focused is self._grid and bool(self._grid.selected_switch)
        if action == "edit_limit":
            return self.focused is self._grid and bool(self._grid.selected_limit)
        if action == "test":
            return self._has_gateway
        return super().check_action(action, parameters)

    def keys_in_force(self) -> list[tuple[str, str]]:
        """What can be done here and with this row."""
        name = self._grid.selected_switch
        is_on = bool(name) and self.policy is not None and bool(getattr(self.policy, name))
        keys = [
            ("turn", "Space", _("turn off") if is_on else _("turn on")),
            ("edit_limit", "F2", _("edit")),
            ("test", "t", _("test message")),
            ("check", "r", _("check again")),
        ]
        found = [(key, words) for action, key, words in keys if self.check_action(action, ())]
        return [*found, ("Tab", _("next part")), *super().keys_in_force()]
