"""First run: name the site, choose the service password and the language."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from vestibule import i18n
from vestibule.i18n import _, marked
from vestibule.models import Problem
from vestibule.render.sentences import sentence
from vestibule.screens.base import SignedIn
from vestibule.screens.confirmation import Confirmation
from vestibule.screens.form import Form
from vestibule.widgets.choice import Choice
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine


class Setup(Form):
    """Makes this machine's site, signs the service account in and goes on to its clients."""

    CSS_PATH = "setup.tcss"
    AUTO_FOCUS = "#site-name Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "app.focus_next", marked("Next field"), show=False)
    ]
    _creating = False

    def compose(self) -> ComposeResult:
        """What it is about, four fields, the buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("A new site on this machine")
            yield Static(
                _("There is no site here yet. The service account is the installer's: keep its password."),
                classes="sentence",
            )
            yield Field(_("Site name"), id="site-name", placeholder="Haus Lindenhof")
            yield Field(_("Service password"), id="password", secret=True)
            yield Field(_("The same again"), id="again", secret=True)
            with Horizontal(id="language-row"):
                yield Static(_("Language"), id="language-label")
                yield Choice(list(i18n.LANGUAGES.items()), i18n.current(), id="language")
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Create the site"), id="create")
            with Horizontal(id="or"):
                yield PushButton(_("A site elsewhere"), id="elsewhere")
        yield StatusLine()
        keys = [("Tab", _("next")), ("Enter", _("go on")), ("F4", _("a site elsewhere"))]
        yield KeyLine([*keys, ("ctrl+q", _("quit"))])

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Create or leave."""
        if event.button.id == "create":
            self.submit()
        elif event.button.id == "elsewhere":
            self.call_next(self.run_action, "app.sites")
        elif any(field.value for field in self.fields()):
            question = _("Nothing is set up yet, and what you typed will be lost.")
            leaving = Confirmation(_("Leave?"), question, _("Leave"))
            self.app.push_screen(leaving, lambda agreed: self.app.exit() if agreed else None)
        else:
            self.app.exit()

    def submit(self) -> None:
        name, password, again = (self.query_one(f"#{id}", Field) for id in ("site-name", "password", "again"))
        if not name.value.strip():
            name.object(_("Give the site a name, as people here call it."))
        elif not password.value:
            password.object(_("Choose a password for the service account."))
        elif password.value != again.value:
            again.object(_("The two passwords differ. Type the same again."))
        elif not self._creating:
            self.work(self._create, "create")

    async def on_choice_changed(self, event: Choice.Changed) -> None:
        """Say everything in the language that was chosen; what was typed stays."""
        event.stop()
        if self._creating:
            return
        i18n.use(str(event.value))
        typed = self.typed()
        await self.recompose()
        self.fill(typed)

    async def _create(self) -> None:
        self._creating = True
        name, password = self.query_one("#site-name", Field).value, self.query_one("#password", Field).value
        language = str(self.query_one("#language", Choice).value)

        async def create() -> bool:
            await self.connection.set_up(name, password, language)
            return True

        try:
            if await self.attempt(create, _("Creating the site…")):
                await self.connection.choose_language(language)
                self.app.post_message(SignedIn())
        finally:
            self._creating = False

    def refused(self, problem: Problem) -> None:
        """One sentence at the field it is about."""
        if problem.field == "site_name":
            self.query_one("#site-name", Field).object(sentence(problem))
        elif problem.code.startswith("password"):
            self.query_one("#password", Field).object(sentence(problem))
        else:
            super().refused(problem)
