"""The cheapest way to write cells on a terminal: styles, moves, and what to join."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Final, NamedTuple
from unicodedata import category

DEFAULT: Final = 0
"""The terminal's own style."""
UNKNOWN: Final = -1
"""No style is known to be on, or one that terminals do not agree about."""

NOWHERE: Final = (-1, -1)
"""The cursor's place is not known."""

# Only what every terminal and every Unicode version give the same width; the rest is doubtful.
_SURE: Final = (
    " -~\xa0-\xac\xae-\u02ff\u0370-\u0373\u0376-\u0377\u037a-\u037f\u0384-\u0482\u048a-\u0513"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u2074-\u208e\u20a0-\u20bf\u2190-\u21ff\u2200-\u22ff"
    "\u2500-\u25fc\u2400-\u2426\u2713\u2717\u2718\u2800-\u28ff\ufffd"
)
_WIDE: Final = "\u3001-\u3029\u3041-\u3096\u30a1-\u30ff\u3400-\u4db5\u4e00-\u9fa5\uac00-\ud7a3\uff01-\uff60"
_NARROW_ONLY: Final = re.compile(f"[{_SURE}]*")
_MANY: Final = 4000
_ON: Final = {"1": 1, "2": 2, "3": 4, "4": 8, "5": 16, "7": 32, "9": 64}
_OFF: Final = {"22": 1 | 2, "23": 4, "24": 8, "25": 16, "27": 32, "29": 64}


def _extended_colour(code: str, rest: Iterator[str]) -> str:
    """The colour after 38 or 48, as it was written; empty if it is none."""
    kind = next(rest, "")
    values = list(islice(rest, {"5": 1, "2": 3}.get(kind, 0)))
    complete = len(values) == {"5": 1, "2": 3}.get(kind) and all(values)
    return ";".join([code, kind, *values]) if complete else ""


@cache
def widths() -> re.Pattern[str]:
    """Finds what is narrow for sure, or else one wide character, or else one that is neither.

    It takes a millisecond to make, which most first paints do without.
    """
    return re.compile(f"([{_SURE}]+)|([{_WIDE}])|(?s:.)")


_SEEN_ON_BLANKS: Final = _ON["4"] | _ON["7"] | _ON["9"]


class _Style(NamedTuple):
    attributes: int
    foreground: str
    background: str


class Styles:
    """Numbers for styles, 0 for the terminal's own, and the sequences between them."""

    def __init__(self) -> None:
        self._styles = [_Style(0, "", "")]
        self._numbers = {self._styles[0]: DEFAULT}
        self._selected: dict[tuple[int, str], int] = {}
        self._between: dict[tuple[int, int], str] = {}
        self._blanks: dict[int, int] = {}

    @property
    def crowded(self) -> bool:
        """Whether so many have come together that it is time to begin anew."""
        return max(len(self._between), len(self._selected), len(self._styles)) > _MANY

    def selected(self, style: int, codes: str) -> int:
        """The style after ``CSI codes m``."""
        key = style, codes
        found = self._selected.get(key)
        if found is None:
            found = self._selected[key] = self._select(style, codes.split(";"))
        return found

    def _select(self, style: int, codes: list[str]) -> int:
        attributes, foreground, background = self._styles[max(style, 0)]
        known = style != UNKNOWN
        rest = iter(codes)
        for code in rest:
            number = int(code or 0)
            if number == 0:
                attributes, foreground, background, known = 0, "", "", True
            elif code in _ON:
                attributes |= _ON[code]
            elif code in _OFF:
                attributes &= ~_OFF[code]
            elif number in (38, 48):
                colour = _extended_colour(code, rest)
                known &= bool(colour)
                foreground, background = (colour, background) if number == 38 else (foreground, colour)
            elif 30 <= number <= 39 or 90 <= number <= 97:
                foreground = "" if number == 39 else code
            elif 40 <= number <= 49 or 100 <= number <= 107:
                background = "" if number == 49 else code
            else:
                known = False
        return self._number(_Style(attributes, foreground, background)) if known else UNKNOWN

    def _number(self, style: _Style) -> int:
        if style not in self._numbers:
            self._numbers[style] = len(self._styles)
            self._styles.append(style)
        return self._numbers[style]

    def blank(self, style: int) -> int:
        """The style with which a blank looks the same: only its background can be seen."""
        found = self._blanks.get(style)
        if found is None:
            attributes, _foreground, background = self._styles[style]
            plain = not attributes & _SEEN_ON_BLANKS
            found = self._blanks[style] = self._number(_Style(0, "", background)) if plain else style
        return found

    def between(self, old: int, new: int) -> str:
        """The shortest sequence from one style to another."""
        key = old, new
        found = self._between.get(key)
        if found is None:
            found = self._between[key] = self._change(old, self._styles[new])
        return found

    def _change(self, old: int, style: _Style) -> str:
        codes = [code for code, bit in _ON.items() if style.attributes & bit]
        full = ["0", *codes, *filter(None, style[1:])] if any(style) else []
        ways = [full] if old == UNKNOWN else [full, self._difference(self._styles[old], style)]
        return min((f"\x1b[{';'.join(way)}m" for way in ways), key=len)

    @staticmethod
    def _difference(old: _Style, new: _Style) -> list[str]:
        left, codes = old.attributes, []
        for code, bits in _OFF.items():
            if left & bits & ~new.attributes:
                left &= ~bits
                codes.append(code)
        codes += [code for code, bit in _ON.items() if new.attributes & bit & ~left]
        if old.foreground != new.foreground:
            codes.append(new.foreground or "39")
        if old.background != new.background:
            codes.append(new.background or "49")
        return codes


class Pen:
    """Collects output, and knows where the terminal's cursor is and which style is on."""

    def __init__(self, at: tuple[int, int], style: int, styles: Styles) -> None:
        self.said: list[str] = []
        self.at = at
        self.style = style
        self._styles = styles

    def go(self, row: int, column: int) -> None:
        """Move to a cell."""
        at_row, at_column = self.at
        if self.at == (row, column):
            return
        self.at = (row, column)
        if at_row == row and 0 <= at_column < column:
            self.said.append(_forward(column - at_column))
        elif column:
            self.said.append(f"\x1b[{row + 1};{column + 1}H")
        else:
            self.said.append(f"\x1b[{row + 1}H" if row else "\x1b[H")

    def wear(self, style: int) -> None:
        """Switch to a style."""
        if style != self.style:
            self.said.append(self._styles.between(self.style, style))
            self.style = style

    def _wear_for_blanks(self, look: int, following: int) -> None:
        """Keep the style if blanks look right in it, or take that of the text after them if they do."""
        blank = self._styles.blank
        if self.style == UNKNOWN or blank(self.style) != look:
            self.wear(following if following != UNKNOWN and blank(following) == look else look)

    def write(self, chars: list[str | None], looks: list[int], start: int, stop: int) -> None:
        """Write some cells of a row from where the cursor is."""
        column = start
        while column < stop:
            end = column + 1
            while end < stop and looks[end] == looks[column]:
                end += 1
            text = "".join(filter(None, chars[column:end]))
            if not text.strip(" "):
                self._wear_for_blanks(looks[column], looks[end] if end < stop else UNKNOWN)
            else:
                self.wear(looks[column])
            self.said.append(text)
            column = end
        # At the right edge the cursor hangs in the air: only an absolute move is safe.
        self.at = (self.at[0], stop) if stop < len(chars) else NOWHERE

    def repeat(self, row: int, column: int, written: str, before: int, after: int) -> None:
        """Write something exactly as it came, between the styles it had before and after it."""
        self.at = NOWHERE
        self.go(row, column)
        self.wear(before)
        self.said.append(written)
        self.at, self.style = NOWHERE, after


def _forward(count: int) -> str:
    return "\x1b[C" if count == 1 else f"\x1b[{count}C"


def blank_tail(chars: list[str | None], looks: list[int]) -> int:
    """Where the blanks in the default style begin which fill the row to its end."""
    column = len(chars)
    while column and chars[column - 1] == " " and looks[column - 1] == DEFAULT:
        column -= 1
    return column


def runs_of(
    changed: list[int], chars: list[str | None], looks: list[int], blank: Callable[[int], int]
) -> list[tuple[int, int]]:
    """What to write without a move in between: the changes, and gaps that cost less than a move."""

    def is_cheap(start: int, stop: int) -> bool:
        gap = chars[start:stop]
        if len(gap) > 4 or None in gap:
            return False
        cost = len("".join(filter(None, gap)).encode())
        styles = set(looks[start:stop])
        beside = (looks[start - 1], looks[stop])
        return cost <= len(_forward(len(gap))) and any(styles <= {look, blank(look)} for look in beside)

    runs: list[tuple[int, int]] = []
    for column in changed:
        start = column - 1 if chars[column] == "" else column
        stop = column + 2 if column + 1 < len(chars) and chars[column + 1] == "" else column + 1
        if runs and (start <= runs[-1][1] or is_cheap(runs[-1][1], start)):
            runs[-1] = (runs[-1][0], stop)
        else:
            runs.append((start, stop))
    return runs


def stands_alone(char: str) -> bool:
    """True if a character cannot join the one before it."""
    known = widths().match(char)
    return category(char) == "So" or (known is not None and known.lastindex is not None)


def cells_of(text: str) -> list[str] | None:
    """The characters of a text, one per cell; None if terminals may disagree about its width."""
    if _NARROW_ONLY.fullmatch(text):
        return list(text)
    cells: list[str] = []
    for found in widths().finditer(text):
        if found[1]:
            cells += found[1]
        elif found[2]:
            cells += (found[2], "")
        else:
            return None
    return cells
