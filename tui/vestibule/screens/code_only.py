"""A code alone on the screen, as large as it gets: to be turned towards a guest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from textual.content import Content

from vestibule import text
from vestibule.i18n import _
from vestibule.models import Code, Events
from vestibule.remote.live import Live
from vestibule.render.when import countdown
from vestibule.screens.qr_alone import QrAlone


class CodeOnly(QrAlone):
    """Closes by itself when the code was used or has expired: a dead code is not to be scanned."""

    def __init__(self, client_id: str, code: Code, half_blocks: bool | None, live: Live) -> None:
        super().__init__(code.link, half_blocks)
        self._client_id = client_id
        self._code = code
        self._live = live
        self._unsubscribe: Callable[[], None] | None = None

    def on_mount(self) -> None:
        """Count down, listen."""
        self._unsubscribe = self._live.subscribe(self)
        self.set_interval(1.0, self._tick)
        self._tick()

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
        self.write(
            Content.assemble(
                text.content(self._code.code, "bold"), "  ", left, "\n", text.content(self._code.link)
            )
        )
