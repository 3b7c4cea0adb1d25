"""What a person sees of a screen: glyphs, colours and contrast, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from tests.terminal.pty_terminal import Terminal

# The colours of the Linux console; other terminals differ a little. "bfightmagenta" is how pyte has it.
_SIXTEEN = {
    "black": "000000", "red": "aa0000", "green": "00aa00", "brown": "aa5500",
    "blue": "0000aa", "magenta": "aa00aa", "cyan": "00aaaa", "white": "aaaaaa",
    "brightblack": "555555", "brightred": "ff5555", "brightgreen": "55ff55", "brightbrown": "ffff55",
    "brightblue": "5555ff", "bfightmagenta": "ff55ff", "brightcyan": "55ffff", "brightwhite": "ffffff",
}  # fmt: skip
_INK, _PAPER = "aaaaaa", "000000"
BLOCKS = frozenset("▀▄█")


class Cell(NamedTuple):
    """One cell: its character, its two colours as hex digits, and what else marks it."""

    char: str
    ink: str
    paper: str
    marks: tuple[bool, bool, bool]
    """Bold, underlined, reversed."""

    @property
    def contrast(self) -> float:
        """Of the ink on the paper, as WCAG 2 counts it."""
        darker, lighter = sorted((_luminance(self.ink), _luminance(self.paper)))
        return (lighter + 0.05) / (darker + 0.05)


class Look:
    """A screen as it is at one moment."""

    def __init__(self, terminal: Terminal) -> None:
        screen = terminal.screen
        self.text = terminal.text
        self._rows = [
            [_cell(screen.buffer[row][column]) for column in range(screen.columns)]
            for row in range(screen.lines)
        ]

    def cells(self) -> Iterator[tuple[int, int, Cell]]:
        """Row, column and cell; without the second halves of wide characters."""
        for row, cells in enumerate(self._rows):
            for column, cell in enumerate(cells):
                if cell.char:
                    yield row, column, cell

    def is_marked(self, words: str) -> bool:
        """Whether these words stand somewhere with their first cell in reverse video, or underlined."""
        for cells in self._rows:
            line = "".join(cell.char or "\0" for cell in cells)
            for found in re.finditer(re.escape(words), line):
                if any(cells[found.start()].marks[1:]):
                    return True
        return False

    def is_in_code(self, row: int, column: int) -> bool:
        """Whether half blocks stand close by: a single one would be a glyph out of place."""
        near = [cells[max(0, column - 8) : column + 9] for cells in self._rows[max(0, row - 4) : row + 5]]
        return sum(cell.char in BLOCKS for cells in near for cell in cells) > 8


@cache
def _cell(look: Any) -> Cell:
    ink, paper = _hex(look.fg, _INK, look.bold), _hex(look.bg, _PAPER)
    if look.reverse:
        ink, paper = paper, ink
    return Cell(look.data, ink, paper, (look.bold, look.underscore, look.reverse))


def _hex(colour: str, default: str, bright: bool = False) -> str:
    """The console shows bold letters in the brighter colour."""
    if colour == "default":
        return default
    return _SIXTEEN.get(f"bright{colour}" if bright else colour) or _SIXTEEN.get(colour, colour)


@cache
def _luminance(colour: str) -> float:
    parts = [part / 255 for part in bytes.fromhex(colour)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


_PARAMETER = re.compile(r"[34]8;2(?:;\d+){3}|[34]8;5;\d+|\d+")


def styles(raw: bytes) -> set[str]:
    """The parameters of all SGR sequences; an extended colour is one."""
    return {
        code for codes in re.findall(rb"\x1b\[([0-9;]*)m", raw) for code in _PARAMETER.findall(codes.decode())
    }


def dims(raw: bytes) -> bool:
    """Whether anything was ever dimmed."""
    return "2" in styles(raw)
