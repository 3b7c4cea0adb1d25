"""QR codes for terminals: encode a payload, choose the size that fits, draw it as coloured cells.

Pure functions. The rules are measurements: spaces with a background colour are read in every terminal and
font, block glyphs only in some, inverted codes hardly ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

Matrix = tuple[tuple[bool, ...], ...]
"""Rows of modules from top to bottom, True is dark; square, without a quiet zone."""

BLACK = "#000000"
WHITE = "#ffffff"

_ALPHANUMERIC = re.compile(r"[0-9A-Z $%*+\-./:]+", re.ASCII)
_Grid = list[list[bool]]
_Cell = tuple[str, bool]
"""A character and whether it stands on light ground (ink dark) or on dark ground (ink light)."""


class Style(Enum):
    """How modules become cells."""

    FULL = "full"
    """Two columns and one row per module: spaces only, needs no glyph."""
    HALF = "half"
    """One column and half a row per module: needs ▀ and ▄."""


class Ink(Enum):
    """What the terminal can show."""

    COLOUR = "colour"
    """256 colours or more: black on white and white on black."""
    DARK_INK = "dark ink"
    """16 colours: glyphs only black on white, as consoles have a second white for the foreground."""
    REVERSE = "reverse"
    """No colours: reverse video is light. Right on a dark terminal, inverted on a light one."""


class Fit(NamedTuple):
    """A way to draw a code; the quiet zone is counted in modules on each side."""

    style: Style
    quiet: int


class Run(NamedTuple):
    """Neighbouring cells that look the same; colours are ``#rrggbb``, None where there are none."""

    text: str
    fg: str | None
    bg: str | None
    reverse: bool


_BEST_FIRST = (
    Fit(Style.FULL, 4),
    Fit(Style.FULL, 2),
    Fit(Style.HALF, 4),
    Fit(Style.HALF, 2),
    Fit(Style.HALF, 1),
)


@lru_cache(maxsize=64)
def link_matrix(link: str) -> Matrix:
    """The QR code of a web link. Raises ValueError when it is empty or too long for any QR code.

    Everything behind ``https://`` is upper-cased where that makes the code smaller, so host and path have to
    be accepted in any case; the scheme stays lower-case, because scanners do not know ``HTTPS://``.
    """
    scheme, separator, rest = link.partition("://")
    upper = rest.upper()
    if scheme.lower() in ("http", "https") and _ALPHANUMERIC.fullmatch(upper):
        return _encode([scheme.lower() + separator, upper])
    return _encode([link])


def otpauth_matrix(uri: str) -> Matrix:
    """The QR code of an ``otpauth://`` URI, smallest when ``secret=`` comes last. ValueError as for links."""
    # Not cached: the secret would outlive the dialog that shows it.
    head, mark, secret = uri.rpartition("secret=")
    if mark and _ALPHANUMERIC.fullmatch(secret):
        return _encode([head + mark, secret])
    return _encode([uri])


def _encode(segments: list[str]) -> Matrix:
    if not all(segments):
        raise ValueError("nothing to encode")
    import segno  # 60 ms, and most sessions never show a code

    # segno takes a list of segments, its stub does not say so
    code = segno.make(segments, error="L", boost_error=True, micro=False)  # type: ignore[arg-type]
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def dimensions(matrix_size: int, fit: Fit) -> tuple[int, int]:
    """Columns and rows of a drawn code of ``matrix_size`` modules, quiet zone included."""
    modules = matrix_size + 2 * fit.quiet
    return (2 * modules, modules) if fit.style is Style.FULL else (modules, (modules + 1) // 2)


def _allowed(half_blocks: bool | None, only: Style | None) -> list[Fit]:
    if only is None and half_blocks is False:
        only = Style.FULL
    return [fit for fit in _BEST_FIRST if only in (None, fit.style)]


def fit(
    matrix_size: int, columns: int, rows: int, half_blocks: bool | None, only: Style | None = None
) -> Fit | None:
    """The best way to draw ``matrix_size`` modules in ``columns`` × ``rows`` cells, None when there is none.

    ``half_blocks``: whether the terminal's font has ▀ and ▄, None when that is not known (then they are used,
    but only where nothing larger fits). ``only``: a style that a person asked for; it outweighs
    ``half_blocks``.
    """
    for choice in _allowed(half_blocks, only):
        width, height = dimensions(matrix_size, choice)
        if width <= columns and height <= rows:
            return choice
    return None


def needed(matrix_size: int, half_blocks: bool | None, only: Style | None = None) -> tuple[int, int]:
    """The fewest columns and rows in which :func:`fit` finds a way."""
    return dimensions(matrix_size, _allowed(half_blocks, only)[-1])


def draw(matrix: Matrix, fit: Fit, ink: Ink, inverted: bool = False) -> list[list[Run]]:
    """The cells of a code, one list of runs per terminal row; all rows have the width of :func:`dimensions`.

    ``inverted`` swaps dark and light, for terminals that swap them too.
    """
    grid = _framed(matrix, fit, inverted)
    if fit.style is Style.FULL:
        rows: list[list[_Cell]] = [[("  ", not dark) for dark in row] for row in grid]
    else:
        rows = _half_rows(grid, adaptive=ink is Ink.COLOUR, beyond=inverted)
    return [_merged(row, ink) for row in rows]


def _framed(matrix: Matrix, fit: Fit, inverted: bool) -> _Grid:
    """The modules with their quiet zone, for half blocks padded to an even number of rows."""
    quiet = [inverted] * fit.quiet
    empty = [inverted] * (len(matrix) + 2 * fit.quiet)
    grid = [empty] * fit.quiet
    grid += [quiet + [module != inverted for module in row] + quiet for row in matrix]
    grid += [empty] * fit.quiet
    if fit.style is Style.HALF and len(grid) % 2:
        grid.append(empty)
    return grid


def _half_rows(grid: _Grid, adaptive: bool, beyond: bool) -> list[list[_Cell]]:
    outside = [beyond] * len(grid[0])
    lines = [outside, *grid, outside]
    choose = _adaptive_cell if adaptive else _dark_ink_cell
    return [
        [choose(*modules) for modules in zip(*lines[y : y + 4], strict=True)] for y in range(0, len(grid), 2)
    ]


def _adaptive_cell(above: bool, top: bool, bottom: bool, below: bool) -> _Cell:
    """Where modules differ, the block whose gap, if it does not fill its cell, falls on its own colour."""
    if top == bottom:
        return " ", not top
    if above == bottom and below != top:
        return "▀", top
    return "▄", bottom


def _dark_ink_cell(_above: bool, top: bool, bottom: bool, _below: bool) -> _Cell:
    if top == bottom:
        return " ", not top
    return ("▀" if top else "▄"), True


def _merged(cells: Sequence[_Cell], ink: Ink) -> list[Run]:
    runs = []
    for light, group in groupby(cells, key=lambda cell: cell[1]):
        text = "".join(character for character, _ in group)
        if ink is Ink.REVERSE:
            runs.append(Run(text, None, None, reverse=light))
        else:
            runs.append(Run(text, BLACK if light else WHITE, WHITE if light else BLACK, reverse=False))
    return runs
