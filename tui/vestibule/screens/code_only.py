"""A code alone on the screen, as large as it gets: to be turned towards a guest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _, marked
from vestibule.models import Code, Events
from vestibule.remote.live import Live
from vestibule.render.qr import link_matrix
from vestibule.render.when import countdown
from vestibule.screens.dialog import Dialog
from vestibule.widgets.key_line import KeyLine
from vestibule.widgets.qr_code import QrCode


class CodeOnly(Dialog[None]):
    """Closes by itself when the code was used or has expired: a dead code is not to be scanned."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,v,enter", "close", marked("Back")),
        Binding("s", "style", marked("Draw the QR code in another style")),
        Binding("i", "invert", marked("Invert the QR code")),
    ]
    DEFAULT_CSS = """
    CodeOnly { background: $background; }
    CodeOnly QrCode { content-align: center middle; }
    CodeOnly #text { dock: bottom; height: auto; margin-bottom: 1; text-align: center; }
    """

    def __init__(self, client_id: str, code: Code, half_blocks: bool | None, live: Live) -> None:
        super().__init__()
        self._client_id = client_id
        self._code = code
        self._half_blocks = half_blocks
        self._live = live
        self._unsubscribe: Callable[[], None] | None = None

    def compose(self) -> ComposeResult:
        """The code, below it the same as text, the keys."""
        yield QrCode(half_blocks=self._half_blocks)
        yield Static("", id="text", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Show, count down, listen."""
        self.query_one(QrCode).show(link_matrix(self._code.link), self._code.link)
        self._unsubscribe = self._live.subscribe(self)
        self.set_interval(1.0, self._tick)
        self._tick()

    def on_qr_code_fitted(self, event: QrCode.Fitted) -> None:
        """Whether this font can show the code is seen by the person alone."""
        style = _("if it looks broken") if event.hint else _("style")
        self.query_one(KeyLine).say([("Esc", _("back")), ("s", style), ("i", _("invert"))])

    def on_unmount(self) -> None:
        """Listen no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    def news(self, events: Events) -> None:
        """Something happened to this client: the code may be dead."""
        if events.reset or any(event.subject == self._client_id for event in events.events):
            self.leave(None)

    def line(self, lost: bool) -> None:
        """The code works without our connection."""

    def _tick(self) -> None:
        now = datetime.now(UTC)
        if now >= self._code.expires_at:
            self.leave(None)
            return
        left = _("valid for %(left)s") % {"left": countdown(self._code.expires_at, now)}
        words = Content.assemble(
            text.content(self._code.code, "bold"), "  ", left, "\n", text.content(self._code.link)
        )
        self.query_one("#text", Static).update(words)

    def action_close(self) -> None:
        """Back to the list."""
        self.leave(None)

    def action_style(self) -> None:
        """The next way to draw it."""
        self.query_one(QrCode).next_style()

    def action_invert(self) -> None:
        """For terminals that swap dark and light."""
        self.query_one(QrCode).toggle_invert()
