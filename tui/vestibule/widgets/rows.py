"""A short list that is here as a whole: rows by the Line API, a cursor, and a heading above them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from vestibule.i18n import marked
from vestibule.text import visible

T = TypeVar("T")
GUTTER = 1
"""Cells before a row, for the mark of the cursor."""
# Always blank: a region that reaches the edge of its widget has Textual send the neighbour's cells as well.
_MARGIN = 1


class Heading(Widget):
    """``── Title 3 ─────``; reversed while the list below it has the focus."""

    DEFAULT_CSS: ClassVar[str] = "Heading { height: 1; }"
    ALLOW_SELECT: ClassVar[bool] = False
    words: reactive[str] = reactive("")
    current: reactive[bool] = reactive(False)

    def render(self) -> Content:
        """The words on a rule."""
        words = Content.styled(f" {self.words} ", "bold reverse" if self.current else "bold")
        words = words.truncate(max(0, self.size.width - 3), ellipsis=True)
        return Content.assemble("──", words, "─" * max(0, self.size.width - words.cell_length - 3))


class Rows(ScrollView, Generic[T], can_focus=True, inherit_bindings=False):
    """Shows what :meth:`show` gave; subclasses say how a row looks and what makes it the same one."""

    ALLOW_SELECT: ClassVar[bool] = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--cursor-blurred"}
    # The cursor is told by reverse, bold and its mark, not by colours.
    DEFAULT_CSS: ClassVar[str] = """
    Rows {
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        & > .rows--cursor { text-style: reverse; }
        & > .rows--cursor-blurred { text-style: bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", marked("Move"), show=False),
        Binding("down", "move(1)", marked("Move"), show=False),
        Binding("pageup", "page(-1)", marked("Move"), show=False),
        Binding("pagedown", "page(1)", marked("Move"), show=False),
        Binding("home", "go(0)", marked("Move"), show=False),
        Binding("end", "go(-1)", marked("Move"), show=False),
        Binding("enter", "choose", show=False),
    ]
    cursor: reactive[int] = reactive(0, repaint=False, init=False)
    """The row that keys act on."""

    @dataclass
    class Highlighted(Message):
        """Another row is under the cursor, or it has changed."""

        rows: Rows[Any]

    @dataclass
    class Chosen(Message):
        """Enter or a double click on a row."""

        rows: Rows[Any]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.empty = ""
        """The sentence shown when there is no row."""
        self.items: Sequence[T] = ()

    @abstractmethod
    def identity(self, item: T) -> str:
        """What tells one row from another, also when it has changed."""

    @abstractmethod
    def words(self, item: T, width: int) -> str:
        """The row; cut or filled to ``width`` by the list."""

    @property
    def selected(self) -> T | None:
        """What is under the cursor."""
        return self.items[self.cursor] if self.cursor < len(self.items) else None

    @property
    def at_cursor(self) -> Offset:
        """Where the row under the cursor begins; the terminal's own cursor is put there."""
        return Offset(0, self.cursor - self.scroll_offset.y)

    def show(self, items: Sequence[T]) -> None:
        """Show ``items``; the cursor stays with what it was on."""
        before, old = self.selected, self.items
        self.items = list(items)
        keys = [self.identity(item) for item in self.items]
        at = (
            keys.index(self.identity(before))
            if before is not None and self.identity(before) in keys
            else self.cursor
        )
        self.virtual_size = Size(1, len(keys))
        self.set_reactive(Rows.cursor, self.validate_cursor(at))
        if list(old) != self.items or not self.items:
            self.refresh()
        self._reveal()
        if self.selected != before:
            self._say(self.Highlighted(self))

    # --- keys and mouse -----------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.cursor += pages * max(1, self.size.height - 1)

    def action_go(self, index: int) -> None:
        """Go to a row, counted from the end if negative."""
        self.cursor = index if index >= 0 else len(self.items) + index

    def action_choose(self) -> None:
        """Say that the row under the cursor is meant."""
        if self.selected is not None:
            self._say(self.Chosen(self))

    def on_click(self, event: Click) -> None:
        """A click selects, a double click chooses."""
        offset = event.get_content_offset(self) if event.widget is self else None
        index = self.scroll_offset.y + offset.y if offset is not None else -1
        if 0 <= index < len(self.items):
            event.stop()
            self.cursor = index
            if event.chain == 2:
                self.action_choose()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(cursor, len(self.items) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the two rows."""
        self.refresh_row(old)
        self.refresh_row(new)
        self._reveal()
        self._say(self.Highlighted(self))

    def on_focus(self) -> None:
        """The cursor looks different with focus."""
        self.refresh_row(self.cursor)

    def on_blur(self) -> None:
        """The cursor looks different without focus."""
        self.refresh_row(self.cursor)

    def on_resize(self) -> None:
        """The cursor may no longer be in view."""
        self._reveal()

    def _reveal(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted != top and self.is_mounted:
            self.scroll_to(y=wanted, animate=False, force=True)

    def _say(self, message: Message) -> None:
        # To Textual whoever is running is the sender, and a parent is not told what it sent itself.
        self.post_message(message.set_sender(self))

    # --- painting -----------------------------------------------------------------------------

    @property
    def row_width(self) -> int:
        """Cells of a row, without the mark of the cursor."""
        return max(0, self.size.width - GUTTER - _MARGIN)

    def refresh_row(self, index: int, start: int = 0, end: int | None = None) -> None:
        """Repaint a row, or its cells from ``start`` to ``end``."""
        line = index - self.scroll_offset.y
        if 0 <= line < self.size.height:
            width = self.row_width if end is None else end - start
            left = GUTTER + start if end is not None else 0
            self.refresh(Region(left, line, width + (GUTTER if end is None else 0), 1))

    def render_line(self, y: int) -> Strip:
        """One row, the sentence for an empty list, or nothing."""
        width, base = self.size.width, self.visual_style.rich_style
        index = self.scroll_offset.y + y
        if index < len(self.items):
            words = set_cell_size(self.words(self.items[index], self.row_width), self.row_width)
            at_cursor = index == self.cursor
            look = "rows--cursor" if self.has_focus else "rows--cursor-blurred"
            style = self.get_component_rich_style(look) if at_cursor else base
            row = Segment((">" if at_cursor else " ") + words, style)
        else:
            lines = [] if self.items else wrap(visible(self.empty), max(1, self.row_width))
            row = Segment(" " + lines[y] if y < len(lines) else "", base)
        return Strip([row]).adjust_cell_length(width, base)
