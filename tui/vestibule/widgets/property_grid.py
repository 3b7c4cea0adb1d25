"""The property grid of System: every row in its group, staged ones marked, those without effect with why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from vestibule.i18n import marked
from vestibule.render.property_words import Line
from vestibule.widgets.rows import Rows

_MARK = "* "
"""Before a staged row."""
_GAP = 2
_LEAST_VALUE = 12
"""Cells of a value, however long the labels and reasons are."""


class PropertyGrid(Rows[Line]):
    """``* Cloud   on``: the lines are those of ``render.property_words``; the cursor skips headings."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"property-grid--heading", "property-grid--idle"}
    # Dimming only repeats what the reason in words says, and bold what the mark says.
    DEFAULT_CSS: ClassVar[str] = """
    PropertyGrid {
        & > .property-grid--heading { text-style: bold; }
        & > .property-grid--idle { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "step", marked("Switch, or take the next value"))
    ]

    class Stepped(Message):
        """Space on a row: its switch is turned, its choice steps on."""

        def __init__(self, grid: PropertyGrid, key: str) -> None:
            super().__init__()
            self.grid = grid
            self.key = key

        @property
        def control(self) -> PropertyGrid:
            """The grid that says it."""
            return self.grid

    @property
    def selected_key(self) -> str:
        """The property under the cursor; empty while there is none."""
        return self.selected.key if self.selected is not None else ""

    def identity(self, item: Line) -> str:
        """Its key; a heading by its words."""
        return item.key or f"# {item.label}"

    def show(self, items: Sequence[Line]) -> None:
        """Show ``items``, repainting only the lines that differ."""
        old, selected = self.items, self.selected
        if [self.identity(line) for line in old] != [self.identity(line) for line in items]:
            super().show(items)
            return
        self.items = list(items)
        for index, line in enumerate(self.items):
            if line != old[index]:
                self.refresh_row(index)
        if self.selected != selected:
            self._say(self.Highlighted(self))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether Space does something here is known to the screen."""
        return self.screen.check_action(action, parameters) if action == "step" else True

    def action_step(self) -> None:
        """Turn the switch under the cursor, or take its next choice."""
        if self.selected_key:
            self._say(self.Stepped(self, self.selected_key))

    def on_click(self, event: Click) -> None:
        """A heading is no row: a click on it chooses nothing."""
        offset = event.get_content_offset(self)
        index = self.scroll_offset.y + offset.y if offset is not None else -1
        if 0 <= index < len(self.items) and not self.items[index].key:
            event.stop()
            event.prevent_default()  # or Rows takes the click too

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a property: over a heading it goes on as it went."""
        at = super().validate_cursor(cursor)
        step = -1 if at < self.cursor else 1
        while 0 <= at < len(self.items) and not self.items[at].key:
            at += step
        return at if 0 <= at < len(self.items) else self._first()

    def _first(self) -> int:
        return next((index for index, line in enumerate(self.items) if line.key), 0)

    def _reveal(self) -> None:
        """With the first row of a group its heading is in view."""
        above = self.cursor - 1
        is_heading = 0 <= above < len(self.items) and not self.items[above].key
        if is_heading and above < self.scroll_offset.y and self.size.height > 1 and self.is_mounted:
            self.scroll_to(y=above, animate=False, force=True)
        else:
            super()._reveal()

    # --- painting -----------------------------------------------------------------------------

    def words(self, item: Line, width: int) -> str:
        """Mark, label, value, and why it does nothing; a heading stands alone."""
        if not item.key:
            return set_cell_size(_cropped(item.label, width), width)
        label = self._label_width(width)
        mark = _MARK if item.staged else " " * len(_MARK)
        head = mark + set_cell_size(_cropped(item.label, label), label) + " " * _GAP
        room = max(0, width - cell_len(head))
        why = f" – {item.reason}" if item.reason else ""
        value = min(cell_len(item.value), max(room - cell_len(why), min(_LEAST_VALUE, room)))
        return set_cell_size(_cropped(head + _cropped(item.value, value) + why, width), width)

    def _label_width(self, width: int) -> int:
        longest = max((cell_len(line.label) for line in self.items if line.key), default=0)
        return max(0, min(longest, width - len(_MARK) - _GAP - _LEAST_VALUE))

    def render_line(self, y: int) -> Strip:
        """One line; Rows has the sentence for an empty grid."""
        index = self.scroll_offset.y + y
        if index >= len(self.items):
            return super().render_line(y)
        width, base = self.size.width, self.visual_style.rich_style
        mark = ">" if index == self.cursor else " "
        row = Segment(mark + self.words(self.items[index], self.row_width), self._look(index))
        return Strip([row]).adjust_cell_length(width, base)

    def _look(self, index: int) -> Style:
        line = self.items[index]
        if index == self.cursor:
            return self.get_component_rich_style("rows--cursor" if self.has_focus else "rows--cursor-blurred")
        if not line.key:
            return self.get_component_rich_style("property-grid--heading")
        if line.reason:
            return self.get_component_rich_style("property-grid--idle")
        return self.visual_style.rich_style


def _cropped(words: str, width: int) -> str:
    """``words`` in ``width`` cells, with an ellipsis where some are left out."""
    if cell_len(words) <= width:
        return words
    return set_cell_size(words, max(0, width - 1)) + "…" if width else ""
