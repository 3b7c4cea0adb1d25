"""The one-time codes that are out: code, whose it is, and the time left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from textual.message import Message
from textual.timer import Timer

from vestibule.models import OutstandingCode
from vestibule.render.client_row import changed_cells, fitted
from vestibule.render.when import countdown
from vestibule.text import visible
from vestibule.widgets.rows import Rows

_CODE = 14  # a code must be readable whole


def _now() -> datetime:
    return datetime.now(UTC)


class OutstandingCodes(Rows[OutstandingCode]):
    """Counts down while there are codes. One that has ended stays at 0:00 until the server takes it away."""

    @dataclass
    class Ended(Message):
        """A code has ended while it was listed: said once for each."""

        codes: OutstandingCodes

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.clock: Callable[[], datetime] = _now
        """Tells the time by which the countdowns run."""
        self._timer: Timer | None = None
        self._left: dict[str, str] = {}
        """The time left as last drawn, by client."""
        self._told: set[tuple[str, datetime]] = set()

    def on_mount(self) -> None:
        """Count down while there is something to count."""
        self._timer = self.set_interval(1.0, self._tick, pause=True)
        self._mind_time()

    def show(self, items: Sequence[OutstandingCode]) -> None:
        """Show these codes."""
        self._left = {}
        super().show(items)
        self._mind_time()

    def identity(self, item: OutstandingCode) -> str:
        """One client has one code."""
        return item.client_id

    def words(self, item: OutstandingCode, width: int) -> str:
        """``7KQM-4XPT-9D2H Anna Rossi   1:58:02``."""
        left = countdown(item.expires_at, self.clock())
        self._left[item.client_id] = left
        room = max(0, width - _CODE - len(left) - 2)
        who = " · ".join(visible(part) for part in (item.name, item.profile) if part)
        texts = [who, visible(item.name or item.profile)]
        return f"{visible(item.label)} {fitted(texts, room)} {left}"

    def _mind_time(self) -> None:
        if self._timer is not None:
            if any((item.client_id, item.expires_at) not in self._told for item in self.items):
                self._timer.resume()
            else:
                self._timer.pause()

    def _tick(self) -> None:
        now = self.clock()
        top = self.scroll_offset.y
        for index, item in enumerate(self.items[top : top + self.size.height], top):
            self._repaint_left(index, self._left.get(item.client_id), countdown(item.expires_at, now))
        ended = {(item.client_id, item.expires_at) for item in self.items if item.expires_at <= now}
        if not ended <= self._told:
            self._told |= ended
            self._say(self.Ended(self))
            self._mind_time()

    def _repaint_left(self, index: int, drawn: str | None, left: str) -> None:
        """Repaint only the digits that changed; the name gives way when the time gets shorter."""
        if drawn is None or drawn == left:
            return
        if len(drawn) != len(left):
            self.refresh_row(index)
            return
        changed = changed_cells(drawn, left)
        if changed is not None:
            begin = self.row_width - len(left)
            self.refresh_row(index, begin + changed[0], begin + changed[1])
