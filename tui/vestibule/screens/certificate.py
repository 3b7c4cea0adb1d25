"""A server whose certificate nobody has accepted yet, or that shows another one than before."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.remote.connection import Connection
from vestibule.remote.errors import CertificateChanged, CertificateProblem, CertificateUnknown
from vestibule.screens.dialog import Dialog
from vestibule.signatures import grouped
from vestibule.widgets.field import Field
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.push_button import PushButton

_LAST = 4
"""Characters of a fingerprint that are typed: nobody types them by accident."""


async def accepted(app: App[Any], connection: Connection, problem: CertificateProblem) -> bool:
    """Show the certificate; whether the person has accepted it for the site. Only from a worker."""
    agreed = await compared(app, problem)
    if agreed:
        await connection.accept(problem.certificate)
    return agreed


async def compared(app: App[Any], problem: CertificateProblem) -> bool:
    """Show the certificate; whether the person says that it is the server's. Only from a worker."""
    if isinstance(problem, CertificateChanged):
        return await app.push_screen_wait(ChangedCertificate(problem))
    return isinstance(problem, CertificateUnknown) and await app.push_screen_wait(UnknownCertificate(problem))


class Comparing(Dialog[bool]):
    """True once the person says that the other side shows the same."""

    CSS_PATH = "certificate.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", marked("Cancel")),
        Binding("left,right,up,down", "app.focus_next", marked("Next button"), show=False),
    ]

    def __init__(self, title: str, said: str, mark: tuple[str, str], how: str) -> None:
        """``mark`` is what is compared, after what it is called; ``how`` says where to see the other one."""
        super().__init__()
        self._title, self._said, self._mark, self._how = title, said, mark, how

    def compose(self) -> ComposeResult:
        """Whose it is, what is compared, how, the buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            yield Static(text.content(self._said), classes="sentence")
            yield _fingerprint(*self._mark)
            yield Static(self._how, classes="sentence")
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("They are the same"), id="accept")
        yield KeyLine([("Tab", _("next")), ("Enter", _("choose")), ("Esc", _("cancel"))])

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Answer."""
        self.leave(event.button.id == "accept")

    def action_cancel(self) -> None:
        """It is not accepted."""
        self.leave(False)


class UnknownCertificate(Comparing):
    """A certificate that nobody vouches for."""

    def __init__(self, problem: CertificateUnknown) -> None:
        super().__init__(
            _("Is this the right server?"),
            _known_to_nobody(problem.address),
            (_("Its fingerprint"), problem.fingerprint),
            _("The server shows its fingerprint at its start. Go on only if they are the same."),
        )


class UnknownKey(Comparing):
    """The key of a site that was found by its serial number alone."""

    def __init__(self, serial: str, mark: str) -> None:
        """``mark`` is the key's fingerprint."""
        said = _("The cloud has found %s. It cannot prove that this is the site: only the site's key does.")
        super().__init__(
            _("Is this the right site?"),
            said % text.visible(serial),
            (_("Its key"), grouped(mark)),
            _("The site shows it in System under Cloud, as “vestibule cloud status” does. Is it the same?"),
        )


class ChangedCertificate(Dialog[bool]):
    """True once the person has typed the end of the new fingerprint: the old one is given up then."""

    CSS_PATH = "certificate.tcss"
    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", marked("Cancel"))]

    def __init__(self, problem: CertificateChanged) -> None:
        super().__init__()
        self._problem = problem

    def compose(self) -> ComposeResult:
        """Both fingerprints, what that may mean, a field, the buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = _("! Another certificate")
            yield Static(text.content(_pretends(self._problem.address)), classes="sentence")
            yield _fingerprint(_("Accepted before"), self._problem.known)
            yield _fingerprint(_("Shown now"), self._problem.presented)
            yield Static(_("Only if the server shows the new one at its start too:"), classes="why")
            yield Field(_("Its last four"), id="last")
            with Horizontal(classes="buttons"):
                yield PushButton(_("Cancel"), id="cancel")
                yield PushButton(_("Forget the old one"), id="forget")
        yield KeyLine([("Tab", _("next")), ("Enter", _("choose")), ("Esc", _("cancel"))])

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is being typed anew is not wrong any more."""
        self.query_one(Field).accept()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field forgets, if it is right."""
        event.stop()
        self._forget()

    def on_push_button_pressed(self, event: PushButton.Pressed) -> None:
        """Forget the old one, or leave everything as it is."""
        if event.button.id == "forget":
            self._forget()
        else:
            self.leave(False)

    def action_cancel(self) -> None:
        """The old one stays."""
        self.leave(False)

    def _forget(self) -> None:
        field = self.query_one(Field)
        if field.value.strip().upper() == self._problem.presented[-_LAST:]:
            self.leave(True)
        else:
            field.object(_("Type the last four characters of the fingerprint shown now."))


def _known_to_nobody(address: str) -> str:
    said = _("%(address)s shows a certificate that nobody vouches for. Nothing was sent to it yet.")
    return said % {"address": text.visible(address)}


def _pretends(address: str) -> str:
    said = _(
        "%(address)s was set up anew, or somebody else answers in its place and would learn your password. "
        "Nothing was sent to it."
    )
    return said % {"address": text.visible(address)}


def _fingerprint(label: str, groups: str) -> Static:
    """Between its groups a line may end."""
    return Static(Content.assemble(f"{label}\n", (groups, "bold")), classes="fingerprint", markup=False)
