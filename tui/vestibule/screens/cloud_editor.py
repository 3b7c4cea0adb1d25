"""Asks for an uploader, or for a site that may register with this cloud; the server decides meanwhile."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from vestibule import signatures
from vestibule.cloud_models import CloudSiteAdded, CloudSiteNew, Signer, SignerNew
from vestibule.i18n import _, marked, pgettext
from vestibule.models import Problem
from vestibule.render.sentences import of_code, sentence
from vestibule.screens.trying import Trying
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton
from vestibule.widgets.status_line import StatusLine

T = TypeVar("T")


class CloudEditor(Trying[T | None]):
    """A few fields; gives what the server made of them, None when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+s", "save", marked("Add to the list"), id="cloud_editor.save"),
        Binding("escape", "cancel", marked("Cancel")),
        Binding("down", "app.focus_next", marked("Next field"), show=False),
        Binding("up", "app.focus_previous", marked("Previous field"), show=False),
    ]
    _saving = False

    @abstractmethod
    def title_words(self) -> str:
        """What it does."""

    @abstractmethod
    def about_words(self) -> str:
        """What for."""

    @abstractmethod
    def fields(self) -> list[Field]:
        """The fields, with the ids by which the server speaks of them."""

    @abstractmethod
    def objects(self) -> bool:
        """Object to what cannot be right, before the server is asked; whether it did."""

    @abstractmethod
    async def ask(self) -> T:
        """Have the server take what was typed."""

    def compose(self) -> ComposeResult:
        """What for, the fields, sentences, the buttons, the keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self.title_words()
            yield Static(self.about_words(), classes="sentence", markup=False)
            yield from self.fields()
            yield StatusLine()
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Add"), id="save")
        add = pgettext("to a list", "add")
        yield KeyLine([("ctrl+s/F2", add), ("Enter", _("next")), ("Esc", _("cancel"))])

    def field(self, name: str) -> Field:
        """One of them."""
        return self.query_one(f"#{name}", Field)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        for field in self.query(Field):
            if field.input is event.input:
                field.accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on; in the last field it adds."""
        if event.input is list(self.query(Field))[-1].input:
            self.action_save()
        else:
            self.focus_next()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Add or leave."""
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """Leave it, unless the server has been asked already."""
        if not self._saving:
            self.leave(None)

    def action_save(self) -> None:
        """Ask the server to take it, once."""
        if not (self._saving or self.left or self.objects()):
            self._saving = True
            # Not exclusive: a write that has begun is never cancelled by another one.
            self.beside(self._send, "save")

    async def _send(self) -> None:
        try:
            made = await self.attempt(self.ask)
        finally:
            self._saving = False
        if made is not None:
            self.leave(made)

    def refused(self, problem: Problem) -> None:
        """Say it where it belongs."""
        fields = [field for field in self.query(Field) if field.id == problem.field]
        if fields:
            fields[0].object(sentence(problem, self.site_zone))
        else:
            super().refused(problem)


class UploaderEditor(CloudEditor[Signer]):
    """An uploader: a name and a public key."""

    def title_words(self) -> str:
        """Say it in a line."""
        return _("Add an uploader")

    def about_words(self) -> str:
        """What is allowed hereby."""
        return _(
            "Versions that this key has signed are taken from the cloud while “Automatic server update” is "
            "on. Get the key from its owner directly, not through the cloud."
        )

    def fields(self) -> list[Field]:
        """Who, and the key."""
        key = Field(_("Public key"), id="key", placeholder=_("as: vestibule cloud keygen"))
        return [Field(_("Name"), id="name"), key]

    def objects(self) -> bool:
        """A key has one length and its own letters."""
        try:
            signatures.normal_key(self.field("key").value)
        except ValueError:
            self.field("key").object(of_code("cloud_key_invalid"))
            return True
        return False

    async def ask(self) -> Signer:
        """Add it."""
        new = SignerNew(name=self.field("name").value, key=self.field("key").value.strip())
        return await self.connection.api.add_signer(new)


class CloudSiteEditor(CloudEditor[CloudSiteAdded]):
    """A site: its serial number; its password for cloud is made by this server and shown afterwards."""

    def title_words(self) -> str:
        """Say it in a line."""
        return _("Add a site to this cloud")

    def about_words(self) -> str:
        """What happens then."""
        return _(
            "The site may register with its serial number and a password for cloud, which is made now and "
            "shown once."
        )

    def fields(self) -> list[Field]:
        """The serial number alone."""
        return [Field(_("Serial number"), id="serial", placeholder="TK-000815")]

    def objects(self) -> bool:
        """What a serial number may be, the server says."""
        if self.field("serial").value.strip():
            return False
        self.field("serial").object(_("Type the site's serial number."))
        return True

    async def ask(self) -> CloudSiteAdded:
        """Add it."""
        return await self.connection.api.add_cloud_site(CloudSiteNew(serial=self.field("serial").value))
