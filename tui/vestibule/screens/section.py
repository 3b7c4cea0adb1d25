"""A screen of somebody who is signed in: header, body, sentences, keys; told of changes as they happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import ClassVar

from textual.binding import Binding, BindingType

from vestibule.i18n import _, marked
from vestibule.models import Events
from vestibule.render.path_words import lost_words, named, stale
from vestibule.screens.base import SignedOut
from vestibule.screens.own_acts import OwnActs
from vestibule.screens.sections import DIGITS, OWN_DIGIT, open_to, short_titles, titles
from vestibule.widgets.header_line import HeaderLine, Tab
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.status_line import StatusLine, Tone

_ABOUT_SITE = ("system.", "cloud.changed")


class Section(OwnActs):
    """Base of the sections; ``DIGIT`` is its key."""

    DIGIT: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "sign_out", marked("Sign out"), id="section.sign_out"),
        *(Binding(digit, f"open_section({digit!r})", marked("Another section")) for digit in DIGITS),
        Binding("question_mark", "keys", marked("Keys of this screen"), id="section.keys"),
        Binding("f4", "user_menu", marked("User menu"), id="section.user_menu"),
        # Shown in the user menu; here so that the palette finds them from everywhere.
        Binding("f5", "project", marked("Project of your profile"), id="section.project"),
        Binding("f6", "my_security", marked("My security"), id="section.my_security"),
        Binding("f7", "sync", marked("Sync authenticator app"), id="section.sync"),
        Binding("f8", "change_password", marked("Change password"), id="section.change_password"),
        Binding("f3", "cloud_sites", marked("Sites of this cloud"), id="section.cloud_sites"),
    ]
    _unsubscribe: Callable[[], None] | None = None

    def on_mount(self) -> None:
        """Listen, and show where one is."""
        self._unsubscribe = self.connection.live.subscribe(self)
        self._show_header()
        self.show_age()
        self.show_keys()

    def on_unmount(self) -> None:
        """Listen no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    def on_resize(self) -> None:
        """The header fills the line."""
        self._show_header()

    def line(self, lost: bool) -> None:
        """The connection was lost or is back; what is on the screen is old meanwhile, and says so."""
        self._show_header()
        self.show_age()

    def show_age(self) -> None:
        """Say how old what is on the screen is, if that is a while."""
        live, line = self.connection.live, self.query_one(StatusLine)
        was_old = self.has_class("-stale")
        self.set_class(live.lost, "-stale")
        if live.lost_since is not None:
            now = datetime.now(UTC)
            line.say(stale(live.lost_since, live.why, now, self.site_zone), Tone.PROBLEM)
        elif was_old:
            line.say(_("Connected again."))

    def news(self, events: Events) -> None:
        """Something changed; with the settings the site's name may have, with the cloud the links."""
        if events.reset or any(event.action.startswith(_ABOUT_SITE) for event in events.events):
            self.work(self._know_site, "site")

    async def _know_site(self) -> None:
        if await self.attempt(self.connection.connect) is not None:
            self._show_header()
            self.show_keys()

    def _show_header(self) -> None:
        client = self.connection.client
        long, short = titles(), short_titles()
        tabs = [
            Tab(entry.digit, long[entry.name], short[entry.name], entry.digit == self.DIGIT)
            for entry in open_to(self.connection)
        ]
        who = client.name or client.label if client else ""
        connection = self.connection
        site = named(connection.site_name, connection.path)
        self.query_one(HeaderLine).say(site, tabs, who, self._lost_words())

    def _lost_words(self) -> list[str]:
        since = self.connection.live.lost_since
        return lost_words(since, datetime.now(UTC), self.site_zone) if since is not None else []

    def action_open_section(self, digit: str) -> None:
        """Go to another section."""
        found = next((entry for entry in open_to(self.connection) if entry.digit == digit), None)
        if found is not None and digit != self.DIGIT:
            self.app.switch_mode(found.name)

    # --- the user menu ------------------------------------------------------------------------

    def on_header_line_menu_wanted(self) -> None:
        """A click on one's name."""
        self.action_user_menu()

    def action_user_menu(self) -> None:
        """What concerns oneself, wherever one is."""
        from vestibule.screens.user_menu import UserMenu

        menu = UserMenu(self.has_app, self.has_project, runs_cloud=self.runs_cloud)
        self.app.push_screen(menu, self._chosen_in_menu)

    def _chosen_in_menu(self, action: str | None) -> None:
        if action is not None:
            self.call_next(self.run_action, action)

    def action_choose_theme(self) -> None:
        """The menu names actions of the section; this one is the app's."""
        self.call_next(self.run_action, "app.choose_theme")

    def action_sites(self) -> None:
        """And so is this one."""
        self.call_next(self.run_action, "app.sites")

    @property
    def runs_cloud(self) -> bool:
        """Whether the server is the cloud of other sites, and who is signed in looks after them."""
        client, info = self.connection.client, self.connection.info
        return client is not None and client.admin and info is not None and info.is_cloud

    def action_cloud_sites(self) -> None:
        """The sites that this server is the cloud of."""
        from vestibule.screens.cloud_sites import CloudSites

        if self.runs_cloud:
            self.app.push_screen(CloudSites(self.connection, self.site_zone))

    def action_my_security(self) -> None:
        """One's own factors and password."""
        self.action_open_section(OWN_DIGIT)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What does not apply to a person or a server has no key."""
        if action == "open_section":
            return bool(self.words_for(f"open_section({parameters[0]!r})")) and parameters[0] != self.DIGIT
        ways = {"sync": self.has_app, "project": self.has_project, "cloud_sites": self.runs_cloud}
        return ways[action] if action in ways else super().check_action(action, parameters)

    def keys_in_force(self) -> list[tuple[str, str]]:
        """The keys of this screen that would do something now, the most important first."""
        return [("ctrl+o", _("sign out")), ("?", _("keys")), ("ctrl+q", _("quit"))]

    def show_keys(self) -> None:
        """Bring the key line up to date."""
        self.refresh_bindings()
        self.query_one(KeyLine).say(self.keys_in_force())

    def action_keys(self) -> None:
        """All keys, also those for which the key line is too short."""
        from vestibule.screens.keys import KeyTable, listed

        self.app.push_screen(KeyTable(listed(self)))

    def words_for(self, action: str) -> str:
        """What a digit opens depends on who is signed in."""
        digit = action.removeprefix("open_section('").removesuffix("')")
        titled = (titles()[entry.name] for entry in open_to(self.connection) if entry.digit == digit)
        return next((_("Go to %(section)s") % {"section": title} for title in titled), "")

    def action_sign_out(self) -> None:
        """Ask, then end the session."""
        question = _("You come back with your password, or as this device where it is remembered.")
        self._ask(_("Sign out?"), question, _("Sign out"), self._sign_out)

    async def _sign_out(self) -> None:
        self.app.post_message(SignedOut())

    def _ask(self, title: str, question: str, yes: str, act: Callable[[], Awaitable[None]]) -> None:
        """Do ``act`` once the person has agreed."""
        from vestibule.screens.confirmation import Confirmation

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.work(act, "asked")

        self.app.push_screen(Confirmation(title, question, yes), answered)
