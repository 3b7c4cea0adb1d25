"""Reads QR codes off terminal cells as a camera would: paint the cells, then ask two independent decoders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from typing import NamedTuple

import cv2
import numpy as np
import pyte
import zxingcpp
from numpy.typing import NDArray
from pyte.screens import Char

Image = NDArray[np.uint8]

_QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
CELL_WIDTH, CELL_HEIGHT = 10, 20

_XTERM = {
    "black": "000000",
    "red": "cd0000",
    "green": "00cd00",
    "brown": "cdcd00",
    "blue": "0000ee",
    "magenta": "cd00cd",
    "cyan": "00cdcd",
    "white": "e5e5e5",
    "brightblack": "7f7f7f",
    "brightred": "ff0000",
    "brightgreen": "00ff00",
    "brightbrown": "ffff00",
    "brightblue": "5c5cff",
    "brightmagenta": "ff00ff",
    "bfightmagenta": "ff00ff",  # pyte 0.8.2 spells the background so
    "brightcyan": "00ffff",
    "brightwhite": "ffffff",
}


class Cell(NamedTuple):
    """One terminal cell; colours are ``#rrggbb``."""

    char: str
    fg: str
    bg: str
    reverse: bool = False


def picture(
    cells: Sequence[Sequence[Cell]], surroundings: str = "#000000", margin: int = 40, gap: int = 0
) -> Image:
    """RGB pixels of rows of cells (10 × 20 pixels each) on ``margin`` pixels of ``surroundings``.

    ``gap``: pixels that glyphs leave free at the bottom of a cell, as with line spacing. Characters other
    than space and blocks become a box, as text would be a patch of ink.
    """
    width = max(len(row) for row in cells)
    shape = (len(cells) * CELL_HEIGHT + 2 * margin, width * CELL_WIDTH + 2 * margin, 3)
    image = np.empty(shape, np.uint8)
    image[:] = _rgb(surroundings)
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            top, left = margin + y * CELL_HEIGHT, margin + x * CELL_WIDTH
            image[top : top + CELL_HEIGHT, left : left + CELL_WIDTH] = _painted(cell, gap)
    return image


def read_both(image: Image) -> tuple[str | None, str | None]:
    """What zxing-cpp and OpenCV read, each None when it finds no code. Neither tries inverted codes."""
    grey: Image = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    found = zxingcpp.read_barcode(grey, formats=_QR_CODE, try_invert=False)
    return (found.text if found else None), _read_opencv(grey)


def cells_of(screen: pyte.Screen, fg: str = "#d0d0d0", bg: str = "#000000") -> list[list[Cell]]:
    """The cells of a pyte screen in xterm's palette; ``fg`` and ``bg`` are the terminal's default colours."""
    rows = []
    for y in range(screen.lines):
        line = screen.buffer[y]
        rows.append([_cell(line[x], fg, bg) for x in range(screen.columns)])
    return rows


@cache
def _cell(char: Char, fg: str, bg: str) -> Cell:
    return Cell(char.data or " ", _colour(char.fg, fg), _colour(char.bg, bg), char.reverse)


def run_cells(
    runs: Iterable[tuple[str, str | None, str | None, bool]], fg: str = "#d0d0d0", bg: str = "#000000"
) -> list[Cell]:
    """The cells of one row of runs (text, foreground, background, reverse); None means the default colour."""
    return [
        Cell(char, run_fg or fg, run_bg or bg, reverse)
        for text, run_fg, run_bg, reverse in runs
        for char in text
    ]


def _read_opencv(grey: Image) -> str | None:
    # A camera moves a little: a code that OpenCV misses at one size it reads at another.
    for scale, detector in product((0.5, 1, 2, 1.5), (cv2.QRCodeDetector, cv2.QRCodeDetectorAruco)):
        resized = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        text, _corners, _code = detector().detectAndDecode(resized)
        if text:
            return str(text)
    return None


@cache
def _painted(cell: Cell, gap: int) -> Image:
    ink, ground = (cell.bg, cell.fg) if cell.reverse else (cell.fg, cell.bg)
    area = np.empty((CELL_HEIGHT, CELL_WIDTH, 3), np.uint8)
    area[:] = _rgb(ground)
    glyph, middle = area[: CELL_HEIGHT - gap], CELL_HEIGHT // 2
    if cell.char == "▀":
        glyph[:middle] = _rgb(ink)
    elif cell.char == "▄":
        glyph[middle:] = _rgb(ink)
    elif cell.char == "█":
        glyph[:] = _rgb(ink)
    elif cell.char != " ":
        glyph[5:15, 2:8] = _rgb(ink)
    return area


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _colour(name: str, default: str) -> str:
    return default if name == "default" else "#" + _XTERM.get(name, name)
