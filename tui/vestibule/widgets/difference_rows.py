"""Rows that differ: what each is called, its old value and its new one."""

from __future__ import annotations

from vestibule.render.client_row import fitted
from vestibule.render.differences import Difference
from vestibule.widgets.rows import Rows

_LABEL = 26
_ARROW = " → "


class DifferenceRows(Rows[Difference]):
    """``Server client port   7550 → 7551``; values that do not fit are cut."""

    def identity(self, item: Difference) -> str:
        """Its key."""
        return item.key

    def words(self, item: Difference, width: int) -> str:
        """Label, old, new: the values share what the label leaves."""
        label = min(_LABEL, width // 3)
        room = max(2, width - label - 1 - len(_ARROW))
        old = min(room // 2, max((len(each.old) for each in self.items), default=0))
        cells = fitted([item.label], label), fitted([item.old], old), fitted([item.new], room - old)
        return f"{cells[0]} {cells[1]}{_ARROW}{cells[2]}"
