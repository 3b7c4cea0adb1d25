"""A few short words in a row, one of them under the cursor; what choosing one does is up to the subclass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Offset, Size
from textual.reactive import reactive
from textual.widget import Widget

from vestibule import text
from vestibule.i18n import marked

GAP = 2
"""Columns between two words."""


def packed(widths: Sequence[int], room: int, gap: int = GAP) -> list[list[int]]:
    """The indexes of words so many columns wide, line by line, none broken in two."""
    lines: list[list[int]] = []
    used = room
    for index, width in enumerate(widths):
        if not lines or used + gap + width > room:
            lines.append([])
            used = -gap
        lines[-1].append(index)
        used += gap + width
    return lines


class Items(Widget, can_focus=True):
    """One focus stop: left and right move, space or a click chooses. It takes the lines it needs."""

    ALLOW_SELECT: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", marked("Move"), show=False),
        Binding("right", "move(1)", marked("Move"), show=False),
        Binding("space", "choose", marked("Choose")),
    ]
    DEFAULT_CSS = "Items { width: 1fr; height: auto; } Items:disabled { text-style: dim; }"

    cursor: reactive[int] = reactive(0)
    """Index of the word under the cursor."""

    def words(self) -> list[str]:
        """What to show; the widths must not change while the widget is shown."""
        raise NotImplementedError

    def choose(self, index: int) -> None:
        """The word of ``index`` was chosen by the person."""
        raise NotImplementedError

    @property
    def at_cursor(self) -> Offset:
        """Where the word under the cursor begins; the terminal's own cursor is put there."""
        lines, widths = self._lines(self.size.width), self._widths()
        for y, line in enumerate(lines):
            if self.cursor in line:
                before = line[: line.index(self.cursor)]
                return Offset(sum(widths[index] + GAP for index in before), y)
        return Offset(0, 0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the words need at ``width``."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The words; the one under the cursor is reversed while the widget has the focus."""
        marked = self.cursor if self.has_focus else None
        words = [text.content(word, "reverse" if i == marked else "") for i, word in enumerate(self.words())]
        lines = [Content(" " * GAP).join(words[i] for i in line) for line in self._lines(self.size.width)]
        return Content("\n").join(lines)

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.refresh()

    def on_click(self, event: Click) -> None:
        """Choose the word under the mouse."""
        event.stop()
        offset = event.get_content_offset(self)
        index = None if offset is None else self._index_at(offset)
        if index is not None:
            self.cursor = index
            self.choose(index)

    def action_move(self, step: int) -> None:
        """Move the cursor, not past the ends."""
        self.cursor = min(max(self.cursor + step, 0), len(self.words()) - 1)

    def action_choose(self) -> None:
        """Choose the word under the cursor."""
        self.choose(self.cursor)

    def _widths(self) -> list[int]:
        return [text.content(word).cell_length for word in self.words()]

    def _lines(self, width: int) -> list[list[int]]:
        return packed(self._widths(), width)

    def _index_at(self, offset: Offset) -> int | None:
        lines, widths = self._lines(self.size.width), self._widths()
        left = 0
        for index in lines[offset.y] if offset.y < len(lines) else []:
            if left <= offset.x < left + widths[index]:
                return index
            left += widths[index] + GAP
        return None
