"""Text messages: when, how far each has come, to whom, what for, and why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

from vestibule.render.client_row import fitted
from vestibule.render.sms_words import delivery_mark, delivery_word, purpose_word, reason, tries
from vestibule.render.when import moment
from vestibule.text import visible
from vestibule.two_factor_models import Sms
from vestibule.widgets.rows import Rows


def _now() -> datetime:
    return datetime.now(UTC)


class SmsList(Rows[Sms]):
    """``11:02 ✓ sent   •••• 4412 login``."""

    def __init__(self, *, plain_glyphs: bool, id: str | None = None) -> None:
        """``plain_glyphs``: only glyphs of a console font."""
        super().__init__(id=id)
        self.zone = ZoneInfo("UTC")
        """The site's time zone."""
        self.clock: Callable[[], datetime] = _now
        """Tells which day it is."""
        self._plain = plain_glyphs
        self._widths = (0, 0, 0, 0)

    def show(self, items: Sequence[Sms]) -> None:
        """Show ``items``; columns are as wide as their widest cell."""
        cells = [self._cells(item) for item in items]
        widths = tuple(max((cell_len(row[column]) for row in cells), default=0) for column in range(4))
        if widths != self._widths:
            self._widths = widths[0], widths[1], widths[2], widths[3]
            self.refresh()
        super().show(items)

    def identity(self, item: Sms) -> str:
        """Its id."""
        return item.id

    def words(self, item: Sms, width: int) -> str:
        """When, how far, to whom, what for; tries and reason as far as there is room."""
        shown = map(set_cell_size, self._cells(item), self._widths)
        head = " ".join(shown)
        rest = " · ".join(part for part in (tries(item), reason(item)) if part)
        room = width - cell_len(head) - 1
        return f"{head} {fitted([rest], room)}" if rest and room > 0 else head

    def _cells(self, item: Sms) -> tuple[str, str, str, str]:
        how = f"{delivery_mark(item.delivery, self._plain)} {delivery_word(item.delivery)}"
        when = moment(item.at, self.clock(), self.zone)
        return when, how, visible(item.phone), purpose_word(item.purpose)
