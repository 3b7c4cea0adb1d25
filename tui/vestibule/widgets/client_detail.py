"""One client beside the list: its code with QR, link and countdown, or what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
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
from vestibule.widgets.facts import Facts
from vestibule.widgets.qr_code import QrCode
from vestibule.widgets.rim import Rim

_SIDES, _PADDING = 2, 2
"""Cells of the borders at both sides, and of the space between them and the facts."""


class ClientDetail(Vertical):
    """The label on its border, the countdown on the lower one, so that nothing is lost to the code."""

    DEFAULT_CSS = """
    ClientDetail { overflow: hidden; }
    ClientDetail #inside { height: 1fr; border: solid $foreground; border-top: none; border-bottom: none; }
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

    def compose(self) -> ComposeResult:
        """Code, link, facts, with an edge above and below."""
        yield Rim(id="upper")
        with Vertical(id="inside"):
            yield QrCode(half_blocks=self._half_blocks)
            yield Static("", id="link", markup=False)
            yield Facts(id="facts")
        yield Rim(lower=True, id="lower")

    def on_mount(self) -> None:
        """Count down while a code is shown."""
        self._timer = self.set_interval(1.0, self._tick, pause=True)

    def on_resize(self) -> None:
        """Long values are wrapped to the width."""
        self.query_one(Facts).say(self._facts())

    @property
    def label(self) -> Content:
        """What the client is called here."""
        return self.query_one("#upper", Rim).words

    @property
    def code(self) -> QrCode:
        """The code, for changing its style."""
        return self.query_one(QrCode)

    def show(self, client: Client | None) -> None:
        """Show ``client``, or nothing."""
        self._client = client
        label = text.content(client.label or client.name, "bold") if client else Content()
        self.query_one("#upper", Rim).words = label
        code = client.code if client else None
        self.set_class(code is not None, "-code")
        if code is None:
            self.code.hide()
            self._timer.pause()
        else:
            self.code.show(link_matrix(code.link), _("v shows it alone on the screen."))
            self.query_one("#link", Static).update(text.content(code.link))
            self._timer.resume()
        self.query_one(Facts).say(self._facts())
        self._tick()

    def _facts(self) -> Sequence[Content]:
        client, now, room = self._client, datetime.now(UTC), max(1, self.size.width - _SIDES)
        if client is None:
            return []
        if client.code is None:
            return lines(details(client, now, self.zone), room - _PADDING).split("\n")
        # A second line may be the one that the code lacks.
        whole, brief = (
            self._line(client, access(client, now, self.zone, brief=each)) for each in (False, True)
        )
        return (brief if brief.cell_length <= room < whole.cell_length else whole).wrap(room)

    def _line(self, client: Client, until: str) -> Content:
        parts = [client.name, client.profile, kind(client), until]
        return text.content(" · ".join(part for part in parts if part))

    def _tick(self) -> None:
        left = ""
        if self._client is not None and self._client.code is not None:
            time_left = countdown(self._client.code.expires_at, datetime.now(UTC))
            left = _("valid for %(left)s") % {"left": time_left}
        self.query_one("#lower", Rim).words = Content(left)
