"""What the frugal screen model writes leaves every terminal as the original would have."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from unittest.mock import patch

import pyte
import pyte.screens
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyte.screens import Char, wcwidth

from tests.terminal.pty_terminal import _Filter, _Screen
from vestibule.render.cells import Frugal
from vestibule.render.pen import widths

COLUMNS, ROWS = 16, 4
EXAMPLES = 60
"""Enough for each run; thousands were tried when this was written."""
START = "\x1b[?1049h\x1b[?25l\x1b[?7l"


class Glass:
    """A terminal that only looks."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        self.screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._filter = _Filter()

    def feed(self, data: str) -> None:
        for piece in self._filter.feed(data.encode()):
            self._stream.feed(piece)

    def picture(self) -> list[object]:
        """Each cell with its look, and all that is told of the cursor; past the edge is at the edge."""
        screen = self.screen
        cells = [[seen(screen.buffer[y][x]) for x in range(screen.columns)] for y in range(screen.lines)]
        cursor = screen.cursor
        place = (min(cursor.x, screen.columns - 1), cursor.y, cursor.hidden, cursor.attrs._replace(data=" "))
        return [*cells, place]


def seen(cell: Char) -> Char:
    """What the eye sees of a cell: of a plain blank only its background."""
    if cell.data != " " or cell.reverse or cell.underscore or cell.strikethrough:
        return cell
    return Char(" ", bg=cell.bg)


def at(column: int, row: int) -> str:
    return f"\x1b[{row + 1};{column + 1}H"


# ------------------------------------------------------------------ what Textual writes

texts = st.text(st.sampled_from("ab │─é漢字"), min_size=1, max_size=COLUMNS) | st.integers(1, COLUMNS).map(
    " ".__mul__
)
# A mark on a blank before it would show that blank's colour, which we may not have sent.
doubtful_texts = st.text(
    st.sampled_from("ab 漢👨👩é\u0301\u200d\ufe0f❤⏎กำ한"), min_size=1, max_size=COLUMNS // 2
).filter(lambda text: wcwidth(text[0]) > 0)
colours = st.sampled_from(["", "31", "97", "38;5;200", "38;2;1;2;3", "39"])
grounds = st.sampled_from(["", "42", "103", "48;5;17", "48;2;9;8;7", "49"])
attributes = st.lists(st.sampled_from("1 2 3 4 5 7 9 21 53".split()), unique=True, max_size=2)
styles = st.builds(lambda *codes: ";".join(filter(None, [";".join(codes[0]), *codes[1:]])),
                   attributes, colours, grounds)  # fmt: skip
same_styles = st.sampled_from(["", "31", "1;31", "48;5;17", "1;4;38;5;200;48;5;17"])
others = st.sampled_from([
    "\x07", "\x1b[?25h", "\x1b[?25l",
    "\x1b]52;c;QQ==\x07", "\x1b]2;title\x07", "\x1b[?2048$p", "\x1b[2J", "\x1b[K",
    "\x1b[?1049h", "\r", "\x1b[?1004h",
    "\x1b[3 q", "\x1b[2A", "\x1b[?7h", "\x1b[?7l", "x", "\x1b[31m", "\x1b[m",
    "\x1bP1$r\x1b\\", "漢" * 10, "\n",
])  # fmt: skip


@st.composite
def segments(draw: st.DrawFn, width: int, doubts: bool) -> str:
    """Styled text of some cells, as a strip renders it."""
    written, used = "", 0
    while used < width:
        text = draw(texts | doubtful_texts if doubts else texts)
        cells = sum(max(0, wcwidth(char)) for char in text)
        if used + cells > width:
            text, cells = " " * (width - used), width - used
        style = draw(styles | same_styles)
        written += f"\x1b[{style}m{text}\x1b[0m" if style else text
        used += cells
    return written


@st.composite
def frames(draw: st.DrawFn, doubts: bool = False) -> str:
    """One update: some spans of some rows, then the cursor's place."""
    rows = sorted(draw(st.sets(st.integers(0, ROWS - 1), max_size=ROWS)))
    lines = []
    for row in rows:
        cuts = sorted(draw(st.sets(st.integers(0, COLUMNS), min_size=2, max_size=4)))
        line = ""
        for start, stop in pairwise(cuts):
            if draw(st.booleans()):
                line += at(start, row) + draw(segments(stop - start, doubts))
        lines.append(line + ("\n" if line and row != rows[-1] else ""))
    return "".join(lines) + at(draw(st.integers(0, COLUMNS - 1)), draw(st.integers(0, ROWS - 1)))


def equal_after_each(writes: list[str], slack: int = 0) -> None:
    """Compare the original's terminal with ours after each write."""
    original, ours, frugal = Glass(), Glass(), Frugal(COLUMNS, ROWS)
    for written in [START, *writes]:
        thrifty = frugal.feed(written)
        assert len(thrifty.encode()) <= len(written.encode()) + slack
        original.feed(written)
        ours.feed(thrifty)
        assert ours.picture() == original.picture(), (written, thrifty)


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.lists(frames(), min_size=1, max_size=6))
def test_frames_of_sure_text(writes: list[str]) -> None:
    equal_after_each(writes)


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.lists(st.tuples(frames(), st.booleans()), min_size=1, max_size=4))
def test_repaints_of_the_same(writes: list[tuple[str, bool]]) -> None:
    """Half of what Textual writes is on the screen already."""
    equal_after_each([written for frame, again in writes for written in [frame] * (1 + again)])


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.lists(frames(doubts=True), min_size=1, max_size=6))
def test_frames_of_doubtful_widths(writes: list[str]) -> None:
    equal_after_each(writes)


@contextmanager
def _other_widths(wide: int) -> Iterator[None]:
    """A terminal that draws each character of doubtful width in so many cells."""

    def width(char: str) -> int:
        found = widths().fullmatch(char)
        return wcwidth(char) if (found and (found[1] or found[2])) or wcwidth(char) <= 0 else wide

    with patch.object(pyte.screens, "wcwidth", width):
        yield


@pytest.mark.parametrize("wide", [1, 2])
@settings(deadline=None, max_examples=EXAMPLES)
@given(writes=st.lists(frames(doubts=True), min_size=1, max_size=6))
def test_a_terminal_with_other_widths_shows_what_it_would_without_us(wide: int, writes: list[str]) -> None:
    with _other_widths(wide):
        equal_after_each(writes)


@settings(deadline=None, max_examples=EXAMPLES)
@given(
    st.lists(frames() | frames(doubts=True) | others | st.tuples(others, frames()).map("".join), max_size=8)
)
def test_frames_between_anything_else(writes: list[str]) -> None:
    equal_after_each(writes)


@settings(deadline=None, max_examples=EXAMPLES)
@given(st.lists(st.tuples(frames(), st.booleans()), max_size=6))
def test_forgetting_only_costs_bytes(writes: list[tuple[str, bool]]) -> None:
    original, ours, frugal = Glass(), Glass(), Frugal(COLUMNS, ROWS)
    for frame, forget in writes:
        if forget:
            frugal.forget()
            ours.feed("\x1b[31m\x1b[3;3Hrubbish")
            ours.feed("".join(at(0, row) + " " * COLUMNS for row in range(ROWS)) + "\x1b[0m")
            original = Glass()
            original.feed("".join(at(0, row) + "\x1b[31m" + " " * COLUMNS for row in range(ROWS)) + "\x1b[0m")
        original.feed(frame)
        ours.feed(frugal.feed(frame))
        assert ours.picture() == original.picture()


# ------------------------------------------------------------------ single savings


@pytest.fixture
def frugal() -> Frugal:
    made = Frugal(COLUMNS, ROWS)
    made.feed(START + "\x1b[0m")
    return made


def test_the_same_again_costs_nothing(frugal: Frugal) -> None:
    frame = at(0, 0) + "\x1b[1;34mPeople\x1b[0m here" + at(3, 1)
    assert frugal.feed(frame)
    assert frugal.feed(frame) == ""


def test_a_mark_on_what_is_before_it_is_written_each_time() -> None:
    """It joins the cell before once more: the same again is not the same."""
    equal_after_each(
        [at(0, 1) + "x" + at(3, 3), at(1, 1) + "\u0301a" + at(0, 0), at(1, 1) + "\u0301a" + at(0, 0)]
    )


def test_one_cell(frugal: Frugal) -> None:
    frugal.feed(at(0, 0) + "\x1b[34mPeople\x1b[0m" + at(0, 0))
    assert frugal.feed(at(0, 0) + "\x1b[34mPeoples\x1b[0m" + at(0, 0)) == "\x1b[6C\x1b[34ms\x1b[m\x1b[H"


def test_a_small_gap_is_rewritten_and_a_large_one_leapt_over(frugal: Frugal) -> None:
    frugal.feed(at(0, 0) + "a" * 14 + at(0, 0))
    assert frugal.feed(at(0, 0) + "b" + "a" * 2 + "b" + "a" * 9 + "b" + at(0, 0)) == "baab\x1b[9Cb\x1b[H"


def test_only_a_tail_in_the_default_style_is_erased(frugal: Frugal) -> None:
    for style, erased in (("0", True), ("44", False), ("7", False), ("4", False)):
        frugal.feed(at(0, 0) + "a" * COLUMNS + at(0, 0))
        output = frugal.feed(at(0, 0) + f"\x1b[{style}m" + " " * COLUMNS + "\x1b[0m" + at(0, 0))
        assert ("\x1b[K" in output) is erased


def test_no_marks_around_nothing(frugal: Frugal) -> None:
    frame = at(0, 0) + "text" + at(0, 0)
    once = [frugal.feed(part) for part in ("\x1b[?2026h", frame, "\x1b[?2026l")]
    assert "".join(once) == "\x1b[?2026h\x1b[Htext\x1b[H\x1b[?2026l"
    assert "".join(frugal.feed(part) for part in ("\x1b[?2026h", frame, "\x1b[?2026l")) == ""


def test_a_resize_forgets(frugal: Frugal) -> None:
    frame = at(0, 0) + "text" + at(0, 0)
    frugal.feed(frame)
    frugal.resize(COLUMNS + 1, ROWS)
    assert "text" in frugal.feed(frame)


def test_thousands_of_styles_do_not_grow_for_ever(frugal: Frugal) -> None:
    ours, original = Glass(), Glass()
    for number in range(9000):
        frame = at(number % 7, number % 5) + f"\x1b[38;2;{number % 250};{number // 250};1mx\x1b[0m" + at(0, 0)
        ours.feed(frugal.feed(frame))
        original.feed(frame)
    assert ours.picture() == original.picture()
    assert not frugal._styles.crowded
    assert len(frugal._pieces) < 2000


def test_our_sure_widths_are_everybodys() -> None:
    from rich.cells import get_character_cell_size

    for point in range(0x20, 0x1FFFF):
        found = widths().fullmatch(chr(point))
        expected = found and (1 if found[1] else 2 if found[2] else None)
        if expected:
            assert (wcwidth(chr(point)), get_character_cell_size(chr(point))) == (expected, expected), hex(
                point
            )


def test_it_is_quick() -> None:
    """A whole screen of many styles; the limit is far above what a quiet machine needs."""
    cell = "\x1b[1;38;2;{0};200;201;48;2;20;21;22mword{1}\x1b[0m"
    screens = [
        "\n".join(
            at(0, row) + "".join(cell.format(row + turn, column) for column in range(14)) for row in range(40)
        )
        for turn in range(6)
    ]
    frugal = Frugal(100, 42)
    frugal.feed("\x1b[?7l\x1b[0m")
    times = []
    for screen in screens:
        began = time.perf_counter()
        frugal.feed(screen)
        times.append((time.perf_counter() - began) / len(screen) * 24_000)
    assert min(times) < 0.012
