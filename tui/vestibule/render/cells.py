"""The picture on a terminal as cells, and the fewest bytes from one picture to the next.

Textual repaints whole widgets (facts/terminal.md §3.2), which a serial line or a distant SSH session
feels. :class:`Frugal` reads what Textual writes, remembers what the terminal shows and passes on only what
changes. Whatever it is not sure about goes through as it came, and what that may have painted over is
forgotten: a cell that is not known is always written.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from vestibule.render.pen import (
    DEFAULT,
    NOWHERE,
    UNKNOWN,
    Pen,
    Styles,
    blank_tail,
    cells_of,
    runs_of,
    stands_alone,
)

_TOKEN: Final = re.compile(
    r"""
      (?P<text>  (?: [^\x00-\x1f\x7f-\x9f]+ | \x1b\[ [\d;]* m | \x1b\]8; [^\x07\x1b]* (?: \x07 | \x1b\\ ) )+ )
    | (?P<move>  \x1b\[ (\d*) (?: ; (\d*) )? H )
    | (?P<line>  \n )
    | (?P<sync>  \x1b\[\?2026[hl] )
    | (?P<wrap>  \x1b\[\?7[hl] )
    | (?P<harmless>                               # neither the picture nor the cursor's place
          \x1b\[\? (?: 12 | 25 | 100[0-6] | 101[56] | 2004 | 2031 | 2048 ) [hl]
        | \x1b\[\? \d+ \$p | \x1b\[ [>=]? \d* c | \x1b\[ \?? [56] n | \x1b\[ [<>=?] [\d;]* u
        | \x1b\[ \d* [ ] q | \x1b\] [^\x07\x1b]* (?: \x07 | \x1b\\ ) | \x07 )
    | (?P<other>
          \x1b\[ [0-?]* [ -/]* [@-~] | \x1b[PX^_] (?s: .*? ) \x1b\\ | \x1b [ -/]* [0-~]
        | [\x00-\x1f\x7f-\x9f] )
    """,
    re.VERBOSE,
)
_STYLED: Final = re.compile(r"\x1b\[([\d;]*)m|([^\x1b]+)|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")

_SYNC_OPEN: Final = "\x1b[?2026h"
_MANY_PIECES: Final = 1000
_LONG_TAIL: Final = 6
"""More cells than this are cheaper erased than overwritten with blanks."""


class _Piece(NamedTuple):
    """What was written from one cursor move to the next."""

    before: int
    """The style it began with."""
    written: str
    chars: list[str]
    """One per cell; the second half of a wide character is empty."""
    looks: list[int]
    """The style of each cell."""
    after: int
    doubtful: bool
    """Terminals may disagree about its width or its looks."""
    stands: bool
    """It begins with a character of its own, not with a mark on what is before it."""


class Frugal:
    """A terminal's picture; turns what would repaint it into what changes it.

    After each :meth:`feed` the terminal has the same picture, cursor and style as after the original.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self._at = self._shown_at = NOWHERE
        self._style = self._shown_style = UNKNOWN
        self._wraps = True
        self._opened = False
        self._verbatim = False
        self._said: list[str] = []
        self._styles = Styles()
        self._pieces: dict[tuple[int, str], _Piece] = {}
        self._wipe()

    def forget(self) -> None:
        """Know nothing of the picture any more: others have changed it, or may have."""
        self._wipe()
        self._at = self._shown_at = NOWHERE
        self._shown_style = UNKNOWN

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size, and its own idea of what to keep of the picture."""
        self.columns, self.rows = columns, rows
        self.forget()

    def _wipe(self) -> None:
        self._chars: list[list[str | None]] = [[None] * self.columns for _ in range(self.rows)]
        self._looks: list[list[int]] = [[UNKNOWN] * self.columns for _ in range(self.rows)]
        self._repeated: list[list[tuple[int, _Piece]] | None] = [None] * self.rows
        self._touched: dict[int, list[tuple[int, _Piece]]] = {}

    # ------------------------------------------------------------------ reading

    def feed(self, data: str) -> str:
        """What to write instead of ``data``."""
        self._begin_anew_if_crowded()
        self._said = []
        start = 0
        for token in _TOKEN.finditer(data):
            kind = token.lastgroup
            if kind == "text":
                self._text(token[0])
            elif kind == "move":
                self._move(int(token[3] or 1) or 1, int(token[4] or 1) or 1)
            elif kind == "line":
                self._next_line()
            else:
                self._show(data[start : token.start()])
                self._pass_on(kind, token[0])
                start = token.end()
        self._show(data[start:])
        return "".join(self._said)

    def _begin_anew_if_crowded(self) -> None:
        if self._styles.crowded and self._style == self._shown_style == DEFAULT:
            self._styles = Styles()
            self._pieces.clear()
            self._wipe()

    def _pass_on(self, kind: str | None, sequence: str) -> None:
        if kind == "sync":
            # Marks around nothing are not worth their bytes: the first waits for what it opens.
            if self._opened or sequence == _SYNC_OPEN:
                self._opened = sequence == _SYNC_OPEN
                return
        elif kind == "wrap":
            self._wraps = sequence.endswith("h")
        elif kind == "other":
            self.forget()
            self._style = UNKNOWN
        self._say(sequence)

    def _say(self, output: str) -> None:
        if output and self._opened:
            self._opened = False
            self._said.append(_SYNC_OPEN)
        self._said.append(output)

    def _move(self, row: int, column: int) -> None:
        inside = row <= self.rows and column <= self.columns
        self._at = (row - 1, column - 1) if inside else NOWHERE

    def _next_line(self) -> None:
        row = self._at[0]
        if 0 <= row < self.rows - 1:
            self._at = (row + 1, -1)
        else:
            self._lose()

    def _lose(self) -> None:
        """The original writes where we cannot follow."""
        self._wipe()
        self._verbatim = True
        self._at = NOWHERE

    def _text(self, written: str) -> None:
        row, column = self._at
        piece = self._piece(written)
        before, self._style = self._style, piece.after
        stop = column + len(piece.chars)
        if piece.chars or piece.doubtful:
            doubtful = piece.doubtful or stop > self.columns
            if column < 0 or (doubtful and self._wraps):
                self._lose()
                return
            if doubtful and not piece.doubtful:
                piece = piece._replace(doubtful=True)
            self._touched.setdefault(row, []).append((column, piece))
            self._at = (row, -1 if doubtful or stop == self.columns else stop)
        if before == UNKNOWN or piece.after == UNKNOWN:
            self._verbatim = True

    def _piece(self, written: str) -> _Piece:
        key = self._style, written
        found = self._pieces.get(key)
        if found is None:
            if len(self._pieces) > _MANY_PIECES:
                self._pieces.clear()
            found = self._pieces[key] = self._read(written)
        return found

    def _read(self, written: str) -> _Piece:
        style, doubtful, stands = self._style, False, True
        chars: list[str] = []
        looks: list[int] = []
        for token in _STYLED.finditer(written):
            codes, text = token.groups()
            if codes is not None:
                style = self._styles.selected(style, codes)
                continue
            cells = cells_of(text) if text else None
            if cells is None and not looks and not doubtful:
                stands = bool(text) and stands_alone(text[0])
            doubtful |= cells is None or style == UNKNOWN
            if cells:
                chars += cells
                blank = self._styles.blank(style) if style != UNKNOWN and " " in cells else style
                looks += [blank if char == " " else style for char in cells]
        return _Piece(self._style, written, chars, looks, style, doubtful, stands)

    # ------------------------------------------------------------------ writing

    def _show(self, original: str) -> None:
        """Bring the terminal to where the original would have brought it."""
        pen = Pen(self._shown_at, self._shown_style, self._styles)
        for row in sorted(self._touched):
            self._show_row(row, self._touched[row], pen)
        self._touched.clear()
        if self._at[1] < 0 and original:
            self._verbatim = True
        if self._verbatim:
            self._say(original)
        else:
            pen.wear(self._style)
            pen.go(*self._at)
            output = "".join(pen.said)
            self._say(output if len(output) < len(original) else original)
        self._verbatim = False
        self._shown_at, self._shown_style = self._at, self._style

    def _show_row(self, row: int, pieces: list[tuple[int, _Piece]], pen: Pen) -> None:
        if pieces == self._repeated[row] and all(piece.stands for _column, piece in pieces):
            return
        painted = self._painted(row, pieces)
        if painted is None:
            # A terminal with other ideas of widths must get what it would get without us. What it
            # then shows is known to it alone.
            self._repeated[row] = pieces
            self._chars[row] = [None] * self.columns
            for column, piece in pieces:
                pen.repeat(row, column, piece.written, piece.before, piece.after)
            return
        chars, looks = painted
        if self._write_changes(row, chars, looks, pen):
            self._chars[row], self._looks[row], self._repeated[row] = chars, looks, None

    def _painted(
        self, row: int, pieces: list[tuple[int, _Piece]]
    ) -> tuple[list[str | None], list[int]] | None:
        """The row with the pieces on it; None if terminals may disagree about how it looks."""
        chars, looks, torn = self._chars[row][:], self._looks[row][:], False
        for column, piece in pieces:
            if piece.doubtful:
                return None
            stop = column + len(piece.chars)
            if chars[column] == "":
                chars[column - 1], torn = None, True
            if stop < self.columns and chars[stop] == "":
                chars[stop], torn = None, True
            chars[column:stop] = piece.chars
            looks[column:stop] = piece.looks
        return None if torn and self._is_torn(row, chars, pieces) else (chars, looks)

    def _is_torn(self, row: int, chars: list[str | None], pieces: list[tuple[int, _Piece]]) -> bool:
        """True if half of a wide character is left over: what becomes of it is the terminal's choice."""
        if any(new is None is not old for new, old in zip(chars, self._chars[row], strict=True)):
            return True
        return any(None in chars[column : column + len(piece.chars)] for column, piece in pieces)

    def _write_changes(self, row: int, chars: list[str | None], looks: list[int], pen: Pen) -> bool:
        old_chars, old_looks = self._chars[row], self._looks[row]
        if chars == old_chars and looks == old_looks:
            return False
        cells = zip(chars, old_chars, looks, old_looks, strict=True)
        changed = [
            column
            for column, (new, old, look, old_look) in enumerate(cells)
            if new != old or look != old_look
        ]
        tail = blank_tail(chars, looks)
        blanks = [column for column in changed if column >= tail]
        erase = len(blanks) > _LONG_TAIL
        if erase:
            changed = changed[: -len(blanks)]
        for start, stop in runs_of(changed, chars, looks, self._styles.blank):
            pen.go(row, start)
            pen.write(chars, looks, start, stop)
        if erase:
            # Only ever with the default style: not every terminal erases with a background colour.
            pen.go(row, blanks[0])
            pen.wear(DEFAULT)
            pen.said.append("\x1b[K")
        return True
