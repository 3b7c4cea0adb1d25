"""The one-time code in boxes, one for each letter: large, and forgiving."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.content import Content
from textual.events import MouseDown, MouseMove
from textual.geometry import Offset
from textual.strip import Strip
from textual.widgets import Static

from vestibule.kiosk.layouts import CODE
from vestibule.widgets.field import Field, PlainInput

LENGTH, GROUP = 12, 4
_READ_AS = str.maketrans("OIL", "011")
"""As the server reads what was typed."""
_WIDE, _NARROW = 57, 31
"""Cells of the boxes: a letter with room around it, or without."""


def meant(typed: str) -> str:
    """The letters of a code in ``typed``; of a link what follows its last slash."""
    plain = typed.rsplit("/", 1)[-1].upper().translate(_READ_AS)
    return "".join(letter for letter in plain if letter in CODE)[:LENGTH]


class BoxInput(PlainInput):
    """An input that draws itself as boxes.

    A slash begins anew: so a scanner that types the link of a QR code leaves just its code.
    """

    DEFAULT_CSS: ClassVar[str] = "BoxInput { height: 3; width: 1fr; }"

    def insert_text_at_cursor(self, typed: str) -> None:
        """Typed, pasted or scanned."""
        if "/" in typed:
            self.value = ""
        super().insert_text_at_cursor(meant(typed))

    def validate_value(self, value: str) -> str:
        """Whoever sets it."""
        return meant(value)

    @property
    def _room(self) -> int:
        """Cells from the beginning of one letter's box to that of the next."""
        return 4 if self.size.width >= _WIDE else 2

    @property
    def _width(self) -> int:
        return _WIDE if self._room == 4 else _NARROW

    def _column(self, position: int) -> int:
        """Where the letter of ``position`` stands."""
        position = min(position, LENGTH - 1)
        left = max(0, (self.size.width - self._width) // 2)
        gaps = position // GROUP * (4 if self._room == 4 else 3)  # with the line that closes a group
        return left + position * self._room + gaps + self._room // 2

    @property
    def cursor_screen_offset(self) -> Offset:
        """Where the terminal's own cursor stands."""
        x, y, _width, _height = self.content_region
        return Offset(x + self._column(self.cursor_position), y + 1)

    async def _on_mouse_down(self, event: MouseDown) -> None:
        """The cursor stays at the end: there is one field, and nothing to select."""
        event.stop()

    async def _on_mouse_move(self, event: MouseMove) -> None:
        """Nothing is selected."""

    def render_line(self, y: int) -> Strip:
        """A line of the boxes: their upper edge, the letters, their lower edge."""
        if y > 2:
            return Strip.blank(self.size.width, self.rich_style)
        letters = self.value.ljust(LENGTH)
        at = min(self.cursor_position, LENGTH - 1) if self.has_focus and y == 1 else None
        segments = [Segment(" " * max(0, (self.size.width - self._width) // 2))]
        for begin in range(0, LENGTH, GROUP):
            if begin:
                segments.append(Segment(("   " if y != 1 else " - ") if self._room == 4 else "  "))
            segments += self._group(y, letters[begin : begin + GROUP], None if at is None else at - begin)
        return Strip(segments).adjust_cell_length(self.size.width).apply_style(self.rich_style)

    def _group(self, y: int, letters: str, cursor: int | None) -> list[Segment]:
        inner = self._room - 1
        if y != 1:
            left, middle, right = "┌┬┐" if y == 0 else "└┴┘"
            return [Segment(left + middle.join(["─" * inner] * len(letters)) + right)]
        segments = [Segment("│")]
        for place, letter in enumerate(letters):
            style = Style(reverse=place == cursor, bold=True)
            segments += [Segment(letter.center(inner), style), Segment("│")]
        return segments


class CodeEntry(Field):
    """A :class:`Field` of boxes, its label above them."""

    DEFAULT_CSS = """
    CodeEntry Input { height: 3; margin: 0; width: 1fr; }
    CodeEntry .label { height: auto; text-align: center; }
    CodeEntry .objection { padding-left: 0; text-align: center; }
    """

    def __init__(self, label: str, *, id: str) -> None:
        super().__init__(label, id=id)
        self._title = label
        self.input = BoxInput()

    def compose(self) -> ComposeResult:
        """The label and the boxes."""
        yield Static(self._title, classes="label", markup=False)
        yield self.input

    def render(self) -> Content:
        """Nothing beside the input."""
        return Content("")
