"""Cells under each other."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows, each column as wide as its widest cell."""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(map(set_cell_size, row, widths)).rstrip() for row in rows]
