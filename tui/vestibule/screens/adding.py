"""A site is added to the address book: by its address, by a link, or by its serial number at a cloud."""

from __future__ import annotations

import asyncio
import hashlib
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static
from textual.worker import Worker

from vestibule import cloud_address, text
from vestibule.config import Folders
from vestibule.i18n import _, marked
from vestibule.remote.cloud_book import CloudBook
from vestibule.remote.cloud_links import Sought, is_link, may_be_serial, serial_of, sought
from vestibule.remote.errors import ApiProblem, CertificateProblem, NoPath, Unreachable
from vestibule.remote.links import Named, named
from vestibule.remote.sites import Sites
from vestibule.render import cloud_words
from vestibule.render.path_words import failures
from vestibule.render.sentences import sentence
from vestibule.screens.certificate import UnknownKey, compared
from vestibule.screens.dialog import Dialog
from vestibule.screens.trying import file_problem
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine, Tone

if TYPE_CHECKING:
    from vestibule.remote.cloud_answers import Found


class SiteAdding(Dialog[Named | None]):
    """Gives where to go, None when it is left. What its cloud has found is in the address book then."""

    CSS_PATH = "adding.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", marked("Stop, or cancel")),
        Binding("down", "app.focus_next", marked("Next field"), show=False),
        Binding("up", "app.focus_previous", marked("Previous field"), show=False),
    ]

    def __init__(self, folders: Folders) -> None:
        super().__init__()
        self._folders = folders
        self._asking: Worker[None] | None = None
        self._was_at: Widget | None = None

    def compose(self) -> ComposeResult:
        """What can be typed, the line, the cloud where it may matter, the buttons, sentences, keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("Add a site")
            said = _("Type its address or its serial number, or paste a link: the code in it is filled in.")
            yield Static(said, classes="sentence")
            yield Field(_("Site"), id="line")
            with Vertical(id="where", classes="hidden"):
                yield Static("", id="which", markup=False)
                yield Field(_("Cloud"), id="cloud", placeholder="https://cloud.example")
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Go there"), id="go")
            yield StatusLine()
        yield KeyLine()

    def on_mount(self) -> None:
        """The keys."""
        self._say_keys()

    def _say_keys(self) -> None:
        going = [("Enter", _("go there")), ("Tab", _("next")), ("Esc", _("cancel"))]
        self.query_one(KeyLine).say([("Esc", _("stop"))] if self._is_asking else going)

    def say(self, what: str, tone: Tone = Tone.PROBLEM) -> None:
        """A sentence for the person, unless the dialog is gone."""
        if self.is_attached and self.query(StatusLine):
            self.query_one(StatusLine).say(what, tone)

    # --- what is typed ------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more, nor what was said of it true."""
        for field in self.query(Field):
            if field.input is event.input:
                field.accept()
        if not self._is_asking:
            self.query_one(StatusLine).clear()
        if not may_be_serial(self.query_one("#line", Field).value):
            self.query_one("#where").add_class("hidden")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes there."""
        event.stop()
        self._go()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Go there, or leave."""
        if event.button.id == "go":
            self._go()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Stop asking; where nothing is asked, leave."""
        if self._asking is not None and self._is_asking:
            self._asking.cancel()
            self.say(_("Stopped. Nothing you typed is lost."), Tone.DONE)
        else:
            self.leave(None)

    def _go(self) -> None:
        wanted = None if self._is_asking else self._wanted()
        if isinstance(wanted, Named):
            self.leave(wanted)
        elif wanted is not None:
            self._asking = self.run_worker(self._seek(wanted), group="seek", description="seek")
            self._show_asking()

    def _wanted(self) -> Named | Sought | None:
        """What is meant; None once that has been objected to, or asked."""
        line = self.query_one("#line", Field)
        try:
            if is_link(line.value):
                return sought(line.value)
            return self._named_by(line.value) if may_be_serial(line.value) else named(line.value)
        except ValueError:
            line.object(_("Write an address like 192.168.1.10, a serial number, or a whole link."))
        return None

    def _named_by(self, word: str) -> Named | Sought | None:
        """A serial number, if a cloud is named for it; else the name of a computer."""
        serial, cloud = serial_of(word), self.query_one("#cloud", Field)
        if self.query_one("#where").has_class("hidden"):
            self._ask_which(serial, cloud)
            return None
        written = cloud.value.strip()
        if not written:
            return named(word)
        try:
            return Sought(serial, cloud_address.normal(written if "://" in written else f"https://{written}"))
        except ValueError:
            cloud.object(_("Write the cloud's address like https://cloud.example."))
        return None

    def _ask_which(self, serial: str, cloud: Field) -> None:
        from vestibule.remote.usual_cloud import usual_cloud

        said = _("Which cloud knows the serial number %s? If that is a computer's name, leave this empty.")
        self.query_one("#which", Static).update(text.content(said % serial))
        self.query_one("#where").remove_class("hidden")
        cloud.value = usual_cloud(self._folders, serial)
        cloud.input.cursor_position = len(cloud.value)
        cloud.input.focus()

    # --- the cloud is asked -------------------------------------------------------------------

    @property
    def _is_asking(self) -> bool:
        return self._asking is not None and not self._asking.is_finished

    def _show_asking(self) -> None:
        """Nothing that was typed is changed meanwhile; then the cursor is where it was."""
        asking = self._is_asking
        if asking:
            self._was_at = self.focused
            self.query_one("#cancel").focus()
        for name in ("#line", "#cloud", "#go"):
            self.query_one(name).disabled = asking
        if not asking and self._was_at is not None:
            self._was_at.focus()
        self._say_keys()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """It has come to its end, or was stopped."""
        if event.worker is self._asking and event.worker.is_finished and not self.left:
            self._show_asking()

    async def _seek(self, wanted: Sought) -> None:
        finding = await asyncio.to_thread(_finding)
        from vestibule.remote.cloud_answers import CloudLieError

        try:
            found = await self._find(finding, wanted)
            if found is not None and not found.trusted:
                found = finding.trust(self._folders, found) if await self._trusts(found) else None
            if found is not None:
                await self._enter(finding, found, wanted)
        except CloudLieError as lie:
            self.say(cloud_words.lie(lie))
        except ApiProblem as refused:
            self.say(sentence(refused.problem))
        except Unreachable as error:
            why = text.visible(str(error))
            self.say(_("The cloud does not answer (%s). Nothing you typed is lost; try again.") % why)
        except OSError as error:
            self.say(file_problem(error))

    async def _find(self, finding: ModuleType, wanted: Sought) -> Found | None:
        """What the cloud says; None when its certificate was not accepted: nothing was sent to it then."""
        while True:
            try:
                with self.query_one(StatusLine).working(_("Asking the cloud… Esc stops")):
                    found: Found = await finding.find(self._folders, wanted)
                    return found
            except CertificateProblem as problem:
                if not await compared(self.app, problem):
                    said = _("%(address)s: %(why)s. Nothing was sent to it.")
                    self.say(said % {"address": text.visible(problem.address), "why": str(problem)})
                    return None
                mark = hashlib.sha256(problem.certificate).hexdigest()
                await asyncio.to_thread(CloudBook(self._folders).pin, wanted.cloud, mark)

    async def _trusts(self, found: Found) -> bool:
        """Whether the person has compared the site's key, for which nobody has vouched."""
        same = await self.app.push_screen_wait(UnknownKey(found.serial, found.mark))
        if not same:
            self.say(_("The site was not added: its key is not known."))
        return same

    async def _enter(self, finding: ModuleType, found: Found, wanted: Sought) -> None:
        try:
            with self.query_one(StatusLine).working(_("Found. Looking for the way there… Esc stops")):
                address = await finding.enter(found, self._folders, Sites(self._folders))
        except Unreachable as error:
            why = failures(error) if isinstance(error, NoPath) else text.visible(str(error))
            self.say(_("The site was found, but no way leads there from here: %s.") % why)
        else:
            self.leave(Named(address, wanted.code))


def _finding() -> ModuleType:
    """In a thread: importing httpx takes longer than a key may wait."""
    from vestibule.remote import finding

    return finding
