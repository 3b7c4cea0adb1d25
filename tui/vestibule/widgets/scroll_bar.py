"""A scrollbar of whole cells: Textual's has eighths of them, which console fonts lack."""

from __future__ import annotations

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender

_EIGHTHS = 8


class WholeCells(ScrollBarRender):
    """Its ends are blanks, which it draws in reverse video like the rest of the bar."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * _EIGHTHS
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * _EIGHTHS


def use_whole_cells() -> None:
    """For all scrollbars from now on, as Textual documents it."""
    ScrollBar.renderer = WholeCells
