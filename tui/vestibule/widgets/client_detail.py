"""One client beside the list: its code with QR, link and countdown, or what is known of it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from vestibule import text
from vestibule.i18n import _
from vestibule.models import Client
from vestibule.render.client_details import access, details, kind, lines
from vestibule.render.qr import link_matrix
from vestibule.render.when import countdown
from vestibule.widgets.qr_code import QrCode


class ClientDetail(Vertical):
    """The label on its border, the countdown on the lower one, so that nothing is lost to the code."""

    DEFAULT_CSS = """
    ClientDetail { border: solid $foreground; border-title-style: bold; padding: 0; overflow: hidden; }
    ClientDetail QrCode { height: 1fr; display: none; content-align: center middle; }
    ClientDetail #link { height: auto; display: none; }
    ClientDetail #facts { height: 1fr; padding: 0 1; }
    ClientDetail.-code QrCode, ClientDetail.-code #link { display: block; }
    ClientDetail.-code #facts { height: auto; max-height: 2; padding: 0; }
    """
    zone: ZoneInfo = ZoneInfo("UTC")

    def __init__(self, *, half_blocks: bool | None, id: str | None = None) -> None:
        super().__init__(id=id)
        self._half_blocks = half_blocks
        self._client: Client | None = None
        self._left = ""

    def compose(self) -> ComposeResult:
        """Code, link, facts."""
        yield QrCode(half_blocks=self._half_blocks)
        yield Static("", id="link", markup=False)
        yield Static("", id="facts", markup=False)

    def on_mount(self) -> None:
        """Count down while a code is shown."""
        self._timer = self.set_interval(1.0, self._tick, pause=True)

    def on_resize(self) -> None:
        """Long values are wrapped to the width."""
        self.query_one("#facts", Static).update(self._facts())

    @property
    def code(self) -> QrCode:
        """The code, for changing its style."""
        return self.query_one(QrCode)

    def show(self, client: Client | None) -> None:
        """Show ``client``, or nothing."""
        self._client = client
        self.border_title = text.content(client.label or client.name) if client else None
        code = client.code if client else None
        self.set_class(code is not None, "-code")
        if code is None:
            self.code.hide()
            self._timer.pause()
        else:
            self.code.show(link_matrix(code.link), _("v shows it alone on the screen."))
            self.query_one("#link", Static).update(text.content(code.link))
            self._timer.resume()
        # Without a code all that is left is theirs, and nothing has to be laid out for it.
        self.query_one("#facts", Static).update(self._facts(), layout=code is not None)
        self._tick()

    def _facts(self) -> Content:
        client, now = self._client, datetime.now(UTC)
        if client is None:
            return Content("")
        if client.code is None:
            return lines(details(client, now, self.zone), self.content_size.width - 2)
        # A second line may be the one that the code lacks.
        whole, brief = (
            self._line(client, access(client, now, self.zone, brief=each)) for each in (False, True)
        )
        return brief if brief.cell_length <= self.content_size.width < whole.cell_length else whole

    def _line(self, client: Client, until: str) -> Content:
        parts = [client.name, client.profile, kind(client), until]
        return text.content(" · ".join(part for part in parts if part))

    def _tick(self) -> None:
        left = ""
        if self._client is not None and self._client.code is not None:
            time_left = countdown(self._client.code.expires_at, datetime.now(UTC))
            left = _("valid for %(left)s") % {"left": time_left}
        if left != self._left:
            self._left = left
            self.border_subtitle = Content(left)
