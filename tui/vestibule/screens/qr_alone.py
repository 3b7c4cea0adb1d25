"""A QR code alone on the screen, as large as it gets; what it carries stands below it as text."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from vestibule.i18n import _, marked
from vestibule.render.qr import link_matrix
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.qr_code import QrCode


class QrAlone(Dialog[None]):
    """Base of what is turned towards somebody with a camera."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,v,enter", "close", marked("Back")),
        Binding("s", "style", marked("Draw the QR code in another style")),
        Binding("i", "invert", marked("Invert the QR code")),
    ]
    DEFAULT_CSS = """
    QrAlone { background: $background; }
    QrAlone QrCode { content-align: center middle; }
    QrAlone #text { dock: bottom; height: auto; margin-bottom: 1; text-align: center; }
    """

    def __init__(self, link: str, half_blocks: bool | None) -> None:
        super().__init__()
        self._link = link
        self._half_blocks = half_blocks

    def compose(self) -> ComposeResult:
        """The code, below it the same as text, the keys."""
        yield QrCode(half_blocks=self._half_blocks)
        yield Static("", id="text", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Show it."""
        self.query_one(QrCode).show(link_matrix(self._link), self._link)

    def write(self, words: Content) -> None:
        """What stands below the code."""
        self.query_one("#text", Static).update(words)

    def on_qr_code_fitted(self, event: QrCode.Fitted) -> None:
        """Whether this font can show the code is seen by the person alone."""
        style = _("if it looks broken") if event.hint else _("style")
        self.query_one(KeyLine).say([("Esc", _("back")), *self.more_keys(), ("s", style), ("i", _("invert"))])

    def more_keys(self) -> list[tuple[str, str]]:
        """Keys of a subclass."""
        return []

    def action_close(self) -> None:
        """Back to where one came from."""
        self.leave(None)

    def action_style(self) -> None:
        """The next way to draw it."""
        self.query_one(QrCode).next_style()

    def action_invert(self) -> None:
        """For terminals that swap dark and light."""
        self.query_one(QrCode).toggle_invert()
