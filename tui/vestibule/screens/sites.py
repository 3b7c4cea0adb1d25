"""Sites: the address book of this machine."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.remote.cloud_book import CloudBook
from vestibule.remote.connection import Connection
from vestibule.remote.importing import discard
from vestibule.remote.links import Named
from vestibule.remote.probing import Reach, Standing, probe
from vestibule.remote.sites import HERE, Site
from vestibule.remote.sites import Sites as Book
from vestibule.remote.staging import Staging
from vestibule.render.site_words import about, name
from vestibule.screens.base import BaseScreen, SetupWanted, SiteChosen
from vestibule.screens.trying import file_problem
from vestibule.terminal import Profile
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.rows import Heading, Rows
from vestibule.widgets.site_rows import Listed, SiteRows
from vestibule.widgets.status_line import StatusLine, Tone

AT_ONCE = 4
"""Sites that are looked at at a time."""
AGAIN = 15.0
"""Seconds after which all are looked at anew."""
_ASKING = Reach(Standing.ASKING)


class Sites(BaseScreen):
    """Opens one of the sites that this machine knows; adds and forgets them."""

    CSS_PATH = "sites.tcss"
    AUTO_FOCUS = "SiteRows"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", marked("Add a site"), id="sites.add"),
        Binding("delete", "remove", marked("Forget the site"), id="sites.remove"),
        Binding("r", "look", marked("Look again who answers"), id="sites.look"),
        Binding("n", "set_up", marked("A new site on this machine"), id="sites.set_up"),
        Binding("escape", "back", marked("Back")),
    ]

    def __init__(self, connection: Connection, profile: Profile) -> None:
        super().__init__(connection, profile)
        self._book = Book(connection.folders)
        self._cloud_book = CloudBook(connection.folders)
        self._clouds: dict[str, str] = {}
        """Through which cloud each is found, by its address."""
        self._reached: dict[str, Reach] = {}

    def compose(self) -> ComposeResult:
        """The list, what is known of the one under the cursor, sentences, keys."""
        yield Heading(id="sites-heading")
        yield SiteRows()
        yield Static("", id="about", markup=False)
        yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what is known, then look who answers, for as long as somebody looks on."""
        self._rows.empty = _("No site yet. Press a to add one by its address, its serial number or a link.")
        self._show()
        self._look_again()
        self.set_interval(AGAIN, self._look_again)

    # --- what is shown ------------------------------------------------------------------------

    @property
    def _rows(self) -> SiteRows:
        return self.query_one(SiteRows)

    def _sites(self) -> list[Site]:
        """The last used first; this machine's own belongs to it, also before anybody has signed in there."""
        known = [site for site in self._book.recent() if site.address != HERE or self._has_own]
        if self._has_own and HERE not in [site.address for site in known]:
            known.append(self._book.get(HERE))
        return known

    @property
    def _has_own(self) -> bool:
        return self.connection.folders.has_site

    def _show(self) -> None:
        self._clouds = {known.site: known.cloud for known in self._cloud_book.all() if known.site}
        found = [Listed(site, self._reach(site.address)) for site in self._sites()]
        self._rows.show(found)
        heading = self.query_one(Heading)
        heading.words, heading.current = f"{_('Sites')} {len(found)}", True
        self._show_chosen()

    def _reach(self, address: str) -> Reach:
        return Reach(Standing.HERE) if address == HERE else self._reached.get(address, _ASKING)

    def _show_chosen(self) -> None:
        chosen = self._rows.selected
        cloud = self._clouds.get(chosen.site.address, "") if chosen is not None else ""
        lines = about(chosen.site, chosen.reach, cloud) if chosen is not None else []
        self.query_one("#about", Static).update(Content("\n").join(text.content(line) for line in lines))
        self.refresh_bindings()
        self.query_one(KeyLine).say(self._keys())

    def _keys(self) -> list[tuple[str, str]]:
        keys = [
            ("open", "Enter", _("open")),
            ("add", "a", _("add")),
            ("remove", "Del", _("forget")),
            ("look", "r", _("look again")),
            ("set_up", "n", _("new site here")),
            ("back", "Esc", _("back")),
        ]
        found = [(key, words) for action, key, words in keys if self.check_action(action, ())]
        return [*found, ("F1", _("help")), ("ctrl+q", _("quit"))]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys are in force where they would do something."""
        chosen = self._rows.selected if self.is_mounted else None
        ways = {
            "open": chosen is not None,
            "remove": chosen is not None and chosen.site.address != HERE,
            "look": any(site.address != HERE for site in self._sites()),
            "set_up": not self._has_own,
            "back": self._is_over_another,
        }
        return ways.get(action, True)

    @property
    def _is_over_another(self) -> bool:
        """Whether there is a screen to go back to."""
        return len(self.app.screen_stack) > 1

    def on_rows_highlighted(self) -> None:
        """Another site."""
        self._show_chosen()

    # --- who answers --------------------------------------------------------------------------

    def action_look(self) -> None:
        """Look at all of them as if for the first time."""
        self._reached.clear()
        self._show()
        self._look_again(tell=True)

    def _look_again(self, tell: bool = False) -> None:
        """A few at a time; leaving the screen ends it."""
        self.run_worker(self._look(tell), group="look", description="look", exclusive=True)

    async def _look(self, tell: bool) -> None:
        free = asyncio.Semaphore(AT_ONCE)

        async def look(site: Site) -> None:
            async with free:
                self._found(site, await probe(site))

        elsewhere = [site for site in self._sites() if site.address != HERE]
        await asyncio.gather(*(look(site) for site in elsewhere))
        if tell:
            answering = [each for each in self._reached.values() if each.standing is Standing.ANSWERS]
            self.say(
                _("Sites that answer: %(some)d of %(all)d") % {"some": len(answering), "all": len(elsewhere)}
            )

    def _found(self, site: Site, reach: Reach) -> None:
        self._reached[site.address] = reach
        is_known = site.address in [each.address for each in self._book.all()]
        if is_known and reach.info is not None:
            try:
                self._book.remember(site.address, reach.info)
            except OSError as error:
                self.say(file_problem(error), Tone.PROBLEM)
        if self.is_mounted:
            self._show()

    # --- what is done -------------------------------------------------------------------------

    def on_rows_chosen(self, _event: Rows.Chosen) -> None:
        """Enter opens."""
        chosen = self._rows.selected
        if chosen is not None:
            self._open(chosen.site.address)

    def _open(self, address: str, code: str = "") -> None:
        if self._is_over_another and address == self.connection.address and not code:
            self.action_back()
        else:
            self.app.post_message(SiteChosen(address, code))

    def action_back(self) -> None:
        """To where one came from."""
        if self._is_over_another and self.is_current:
            self.app.pop_screen()

    def action_set_up(self) -> None:
        """A site on this machine."""
        self.app.post_message(SetupWanted())

    def action_add(self) -> None:
        """Add a site and go there."""
        from vestibule.screens.adding import SiteAdding

        self.app.push_screen(SiteAdding(self.connection.folders), self._added)

    def _added(self, site: Named | None) -> None:
        if site is None:
            return
        try:
            self._book.add(site.address)
        except OSError as error:
            self.say(file_problem(error), Tone.PROBLEM)
        self._open(site.address, site.code)

    def action_remove(self) -> None:
        """Forget a site, after asking."""
        from vestibule.screens.confirmation import Confirmation

        chosen = self._rows.selected
        if chosen is None:
            return
        said = _(
            "%(name)s: this device's sign-in there is forgotten, with the certificate you accepted and edits "
            "that were not uploaded. The site itself stays as it is."
        )
        asked = Confirmation(_("Forget this site?"), said % {"name": name(chosen.site)}, _("Forget"))
        self.app.push_screen(asked, lambda agreed: self._remove(chosen.site) if agreed else None)

    def _remove(self, site: Site) -> None:
        folders, address = self.connection.folders, site.address
        try:
            self._book.remove(address)
            self._cloud_book.forget(address)
            Staging(folders, address).clear()
            discard(folders, address)
        except OSError as error:
            self.say(file_problem(error), Tone.PROBLEM)
            return
        if address == self.connection.address:
            self.app.post_message(SiteChosen(HERE))  # there is nothing to go back to
            return
        self._show()
        self.say(_("%s is forgotten on this machine.") % name(site))
