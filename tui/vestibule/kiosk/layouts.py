"""What the on-screen keypad offers for each kind of field, and how it lies in the room there is. Pure."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import NamedTuple

ERASE = "←"
SPACE = "└┘"
"""Drawn with what every console font has."""
NEXT_PAGE = "..."

CODE = (*"0123456789ABCDEFGHJKMNPQRSTVWXYZ", ERASE)
"""Of one-time codes and recovery codes: no I, L, O and U, which are mistaken for others."""
DIGITS = (*string.digits, ERASE)
_ACCENTED = "äöüéèàçñ"
_NAME = (*string.ascii_lowercase, *_ACCENTED, "-", "'", SPACE, ERASE)
_TEXT = (
    (*string.ascii_lowercase, "-", ".", "_", "@", SPACE, NEXT_PAGE, ERASE),
    (*string.ascii_uppercase, *_ACCENTED, SPACE, NEXT_PAGE, ERASE),
    (*string.digits, *string.punctuation, NEXT_PAGE, ERASE),
)
_STARTS_A_NAME = " -'"
_WIDE, _NARROW = 11, 9
"""Keys in a row."""
_LEAST = 4
"""Cells from one key to the next, its line included: fewer are no mark for a finger."""
_LARGEST = 7


def keys(kind: str, page: int = 0, before: str = "") -> tuple[str, ...]:
    """The keys of a field of this ``kind``: ``code``, ``digits``, ``name`` or ``text``.

    ``before`` is what stands before the cursor: a name begins with a capital.
    """
    if kind == "text":
        return _TEXT[page % len(_TEXT)]
    if kind == "name":
        begins = not before or before[-1] in _STARTS_A_NAME
        return tuple(key.upper() for key in _NAME) if begins else _NAME
    return DIGITS if kind == "digits" else CODE


class Grid(NamedTuple):
    """Keys in rows; ``pitch`` is the cells from one to the next."""

    columns: int
    pitch: int
    rows: int
    boxed: bool

    @property
    def height(self) -> int:
        """Lines it takes."""
        return 2 * self.rows + 1 if self.boxed else self.rows

    def lines(self, labels: Sequence[str]) -> list[list[str]]:
        """The rows of keys, each label in the middle of its cell."""
        room = self.pitch - 1 if self.boxed else self.pitch
        cells = [label.center(room) for label in labels]
        cells += [" " * room] * (self.rows * self.columns - len(cells))
        return [cells[row * self.columns : (row + 1) * self.columns] for row in range(self.rows)]

    def at(self, x: int, y: int) -> int | None:
        """The index of the key under a cell; one beside the last belongs to none."""
        column = (x - 1) // self.pitch if self.boxed else x // self.pitch
        row = max(0, y - 1) // 2 if self.boxed else y
        inside = 0 <= column < self.columns and 0 <= row < self.rows
        return row * self.columns + column if inside else None


def grid(width: int, *, boxed: bool, most: int, fewest: int = 0) -> Grid:
    """Where ``most`` keys lie in ``width`` cells; ``fewest`` rows are kept free for other kinds' keys."""
    frame = 1 if boxed else 0
    columns = _WIDE if (width - frame) // _WIDE >= _LEAST - (not boxed) else _NARROW
    pitch = min(_LARGEST, max(_LEAST - 1, (width - frame) // columns))
    return Grid(columns, pitch, max(fewest, -(-most // columns)), boxed)


def tallest() -> int:
    """The most keys any kind of field has."""
    return max(len(page) for page in (*_TEXT, _NAME, CODE))
