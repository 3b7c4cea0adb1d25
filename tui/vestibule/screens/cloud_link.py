"""The link by which clients find the site through its cloud, alone on the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.screens.qr_alone import QrAlone


class CloudLink(QrAlone):
    """For a client's first visit; what it finds there is checked against the key that the link carries."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", marked("Copy the link"))]

    def on_mount(self) -> None:
        """The link as text."""
        self.write(text.content(self._link))

    def more_keys(self) -> list[tuple[str, str]]:
        """It may be sent instead of shown."""
        return [("y", _("copy link"))]

    def action_copy(self) -> None:
        """Into the clipboard of the person's terminal, if that takes it: it does not say so."""
        self.app.copy_to_clipboard(self._link)
        said = _("The link was sent to your terminal's clipboard. If it is not there, copy the text.")
        self.write(Content("\n").join([text.content(self._link), Content(said)]))
