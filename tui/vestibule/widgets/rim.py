"""The upper or the lower edge of a box, with words on it that change often."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

_AROUND = 6
"""Cells of the two corners, of a piece of the edge beside each, and of the spaces around the words."""


class Rim(Widget):
    """``┌─ Anna Rossi ─────┐``, or ``└───── valid for 1:58:02 ─┘``.

    It is one line. For another border title Textual paints anew the whole box.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS: ClassVar[str] = "Rim { height: 1; }"
    words: reactive[Content] = reactive(Content())
    """At the left above, at the right below; cut where they have no room."""

    def __init__(self, *, lower: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lower = lower

    def render(self) -> Content:
        """Corner, edge, words, corner."""
        width = self.size.width
        left, right = "└┘" if self._lower else "┌┐"
        words = self.words.truncate(max(0, width - _AROUND), ellipsis=True)
        if not words:
            return Content(left + "─" * max(0, width - 2) + right)
        edge = "─" * max(1, width - words.cell_length - _AROUND + 1)
        before, after = (edge, "─") if self._lower else ("─", edge)
        return Content.assemble(left + before + " ", words, " " + after + right)
