"""A terminal for end-to-end tests: a command on a real pty, its output drawn by pyte.

The command believes it runs in a terminal window: it has a controlling terminal, a window size, job
control and a keyboard and mouse at the other end. Nothing is simulated but the drawing.

    with Terminal(["vestibule"], env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}) as terminal:
        terminal.wait_for("People")
        terminal.press("down", "enter")
        terminal.wait_for(re.compile(r"Card +4711"))
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert terminal.modes == INITIAL_MODES
        assert terminal.termios_is_sane()

No query of the command (device attributes, cursor position, synchronized output, kitty keyboard) is ever
answered: that is the poorest terminal there is, and the command has to start on it.
"""

from __future__ import annotations

import os
import re
import select
import signal as signals
import string
import subprocess
import sys
import termios
import threading
import time
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import accumulate
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeAlias

import pyte
from pyte.screens import Char, Cursor, StaticDefaultDict, wcwidth

from tests.warm import Started, start

Expected: TypeAlias = "str | re.Pattern[str] | Callable[[Terminal], bool]"

#: The private modes a terminal starts with: it wraps lines (?7) and shows its cursor (?25).
INITIAL_MODES: Final = frozenset({7, 25})

# Runs in the child before the command, as a program of its own: preexec_fn would run Python code between
# fork and exec, which may deadlock (and warns from Python 3.12 on) because tests have threads. It takes the
# pty as the controlling terminal and undoes what Python or a test runner in the background leave behind:
# ignored signals, and LC_CTYPE, which Python sets for its children when the locale is C (PEP 538).
_START = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
for name in ("SIGPIPE", "SIGXFSZ", "SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
os.environ.pop("LC_CTYPE", None)
if sys.argv[1]:
    os.environ["LC_CTYPE"] = sys.argv[1]
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    print(f"{sys.argv[2]}: {error.strerror}", flush=True)
    os._exit(127)
"""


# ---------------------------------------------------------------------------------------- what is drawn


class _Screen(pyte.Screen):
    """pyte's screen with an alternate screen, and without its habit of dropping text."""

    _ALTERNATE: Final = frozenset({47, 1047, 1049})

    def __init__(self, columns: int, lines: int) -> None:
        self._main: tuple[dict[int, StaticDefaultDict[int, Char]], Cursor] | None = None
        super().__init__(columns, lines)

    def reset(self) -> None:
        self._main = None
        super().reset()

    def draw(self, data: str) -> None:
        """Draw without joiners and variation selectors, at which pyte stops and loses the rest."""
        super().draw("".join(char for char in data if wcwidth(char) > 0 or _is_combining(char)))

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        if kwargs.get("private") and self._ALTERNATE.intersection(modes):
            self._enter_alternate()
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        if kwargs.get("private") and self._ALTERNATE.intersection(modes):
            self._leave_alternate()
        super().reset_mode(*modes, **kwargs)

    def _enter_alternate(self) -> None:
        if self._main is None:
            cursor = self.cursor
            self._main = (self.buffer, Cursor(cursor.x, cursor.y, cursor.attrs))
            self.buffer = defaultdict(lambda: StaticDefaultDict[int, Char](self.default_char))

    def _leave_alternate(self) -> None:
        if self._main is not None:
            self.buffer, cursor = self._main
            cursor.hidden = self.cursor.hidden
            cursor.x, cursor.y = min(cursor.x, self.columns), min(cursor.y, self.lines - 1)
            self.cursor = cursor
            self._main = None


def _is_combining(char: str) -> bool:
    """True for the characters of no width that pyte can add to the cell before."""
    return wcwidth(char) == 0 and unicodedata.combining(char) != 0


class _Filter:
    """Cuts a terminal's byte stream into text and whole sequences, and passes on what pyte understands.

    pyte must not see the rest. It takes ``CSI > 4 m`` for an underline, draws the ``u`` of ``CSI < u``,
    the body of every DCS and APC string and the last byte of ``ESC SP F``; it raises TypeError at private
    forms such as ``CSI ? 4 m``; it reads OSC 10 and 22 as window titles. A real terminal shows nothing of
    these.
    """

    _TOKEN: Final = re.compile(
        rb"""
          (?P<text> [^\x1b]+ )
        | (?P<csi>  \x1b\[ [0-?]* [ -/]* [@-~] )
        | (?P<osc>  \x1b\] (?: R | P[0-9a-fA-F]{7} | [^\x07\x1b]* (?: \x07 | \x1b\\ ) ) )
        | (?P<string> \x1b[PX^_] .*? \x1b\\ )
        | (?P<escape> \x1b (?: [ -/]+ [0-~] | [0-OQ-WYZ\\`-~] ) )
        """,
        re.VERBOSE | re.DOTALL,
    )
    _UNFINISHED: Final = re.compile(
        rb"\x1b (?: \[ [0-?]* [ -/]* | \] [^\x07\x1b]* \x1b? | [PX^_] .* | [ -/]* ) \Z",
        re.VERBOSE | re.DOTALL,
    )
    _BROKEN: Final = re.compile(rb"\x1b (?: \[ [0-?]* [ -/]* | \] [^\x07\x1b]* )?", re.VERBOSE)
    _KNOWN: Final = re.compile(
        rb"""
          \x1b\[ [0-9;]* [@A-HJ-MPXadefghlmr]    # CSI, as far as pyte has it and it is no query
        | \x1b\[\? [0-9;]+ [hl]                  # private modes
        | \x1b\][012]; .*                        # window and icon title
        | \x1b (?: [78DEHMc] | \#8 )             # cursor, index, tab stop, reset, test pattern
        """,
        re.VERBOSE | re.DOTALL,
    )

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pieces of data, and of what was left over, that pyte may see."""
        data = self._pending + data
        self._pending = b""
        position = 0
        while position < len(data):
            token = self._TOKEN.match(data, position)
            if token is not None:
                if token.lastgroup == "text" or self._KNOWN.fullmatch(token[0]):
                    yield token[0]
                position = token.end()
            elif self._UNFINISHED.match(data, position):
                self._pending = data[position:]
                return
            else:
                broken = self._BROKEN.match(data, position)
                position = broken.end() if broken else position + 1


# ---------------------------------------------------------------------------------------- keyboard and mouse

_KEYS: Final[dict[str, str]] = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "backspace": "\x7f",
    "space": " ",
    "ctrl+space": "\0",
    "ctrl+@": "\0",
    "ctrl+\\": "\x1c",
    "ctrl+]": "\x1d",
    "ctrl+_": "\x1f",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    "f11": "\x1b[23~",
    "f12": "\x1b[24~",
    **{f"ctrl+{letter}": chr(ord(letter) & 0x1F) for letter in string.ascii_lowercase},
}

#: The keys of the Linux console that differ from xterm's (terminfo entry "linux").
_LINUX_KEYS: Final[dict[str, str]] = {
    "home": "\x1b[1~",
    "end": "\x1b[4~",
    **{f"f{number}": f"\x1b[[{letter}" for number, letter in enumerate("ABCDE", start=1)},
}

_CURSOR_KEYS: Final = {"up": "A", "down": "B", "right": "C", "left": "D", "home": "H", "end": "F"}
_EDITING_KEYS: Final = {"insert": "2", "delete": "3", "pageup": "5", "pagedown": "6"}
_MODIFIERS: Final = {"shift": 1, "alt": 2, "ctrl": 4}


def key_sequence(key: str, term: str = "xterm-256color") -> str:
    """What a terminal sends for a key: a name such as "shift+tab", or the character itself."""
    if len(key) == 1:
        return key
    if term == "linux" and key in _LINUX_KEYS:
        return _LINUX_KEYS[key]
    if key in _KEYS:
        return _KEYS[key]
    *modifiers, name = key.split("+")
    if not all(modifier in _MODIFIERS for modifier in modifiers):
        raise ValueError(f"unknown key {key!r}")
    parameter = 1 + sum(_MODIFIERS[modifier] for modifier in modifiers)
    if name in _CURSOR_KEYS:
        return f"\x1b[{f'1;{parameter}' if modifiers else ''}{_CURSOR_KEYS[name]}"
    if name in _EDITING_KEYS:
        return f"\x1b[{_EDITING_KEYS[name]}{f';{parameter}' if modifiers else ''}~"
    if modifiers == ["alt"] and len(name) == 1:
        return f"\x1b{name}"
    raise ValueError(f"unknown key {key!r}")


class Position(NamedTuple):
    """A cell of the screen, counted from 0."""

    column: int
    row: int


# ---------------------------------------------------------------------------------------- the terminal


class Terminal:
    """A command on a pty, and the screen it draws.

    ``env`` is the command's whole environment; TERM is set, COLUMNS and LINES are taken out. The command
    runs from the constructor on; ``close()``, or leaving the ``with`` block, kills its process group.
    ``warm``: the command is Python's, and what takes it long to import has been imported (``tests.warm``).
    """

    #: After Escape the next key waits this long, or the command would read both as one Alt combination.
    ESCAPE_PAUSE = 0.25

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
        term: str = "xterm-256color",
        cwd: str | os.PathLike[str] | None = None,
        warm: bool = False,
    ) -> None:
        self.term = term
        #: The most bytes that are taken and drawn at once.
        self.most_at_once = 65536
        #: The screen, for colours and the like; the reader thread changes it, so wait before looking.
        self.screen: pyte.Screen = _Screen(columns, rows)
        #: Sequences at which pyte raised although they looked harmless, each with the error.
        self.rejected: list[tuple[bytes, str]] = []
        self._stream = pyte.ByteStream(self.screen)
        self._filter = _Filter()
        self._raw = bytearray()
        self._changed = threading.Condition()
        self._last_output = time.monotonic()
        self._last_escape = -self.ESCAPE_PAUSE
        self._status: int | None = None
        self._closed = False
        # The slave stays open here: its settings can be read after the command's end, and its last
        # output is not lost with it.
        self._master, self._slave = os.openpty()
        self._stop_read, self._stop_write = os.pipe()
        try:
            os.set_blocking(self._master, False)
            termios.tcsetwinsize(self._slave, (self.screen.lines, self.screen.columns))
            whole = {name: value for name, value in env.items() if name not in {"COLUMNS", "LINES"}}
            self._process = (self._fork if warm else self._start)(argv, whole | {"TERM": term}, cwd)
        except BaseException:
            self._close_descriptors()
            raise
        self._reader = threading.Thread(target=self._read_until_stopped, name="pty reader", daemon=True)
        self._reaper = threading.Thread(target=self._await_exit, name="pty reaper", daemon=True)
        self._reader.start()
        self._reaper.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------------ the process

    @property
    def pid(self) -> int:
        """The command's process id, which is also its session's and its process group's."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """None while the command runs; its exit status, or minus the signal that ended it."""
        with self._changed:
            return self._status

    def signal(self, sig: int) -> None:
        """Send a signal to the command's process."""
        self._process.send_signal(sig)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size; the kernel tells the command with SIGWINCH."""
        with self._changed:
            self.screen.resize(lines=rows, columns=columns)
            termios.tcsetwinsize(self._master, (rows, columns))

    def termios_is_sane(self) -> bool:
        """True if the terminal reads whole lines and echoes them, as a shell expects to get it back."""
        wanted = termios.ICANON | termios.ECHO
        return bool(termios.tcgetattr(self._slave)[3] & wanted == wanted)

    def close(self) -> None:
        """Kill the command and what it has started, join the threads and close the pty."""
        if self._closed:
            return
        self._closed = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signals.SIGKILL)
        self._reaper.join()
        os.write(self._stop_write, b"x")
        self._reader.join()
        self._close_descriptors()

    def _start(
        self, argv: Sequence[str], env: Mapping[str, str], cwd: str | os.PathLike[str] | None
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START, env.get("LC_CTYPE", ""), *argv],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )

    def _fork(
        self, argv: Sequence[str], env: Mapping[str, str], cwd: str | os.PathLike[str] | None
    ) -> Started:
        return start(argv, env, (self._slave,) * 3, cwd)

    def _await_exit(self) -> None:
        """In a thread of its own: wait for the command, take its last output, then tell the status."""
        status = self._process.wait()
        deadline = time.monotonic() + 2  # a process it left behind may write for ever
        while self._take_output() and time.monotonic() < deadline:
            pass
        with self._changed:
            self._status = status
            self._changed.notify_all()

    def _close_descriptors(self) -> None:
        for descriptor in (self._master, self._slave, self._stop_read, self._stop_write):
            os.close(descriptor)

    # ------------------------------------------------------------------ output

    @property
    def raw(self) -> bytes:
        """Every byte the command has written so far."""
        return self.raw_since(0)

    def mark(self) -> int:
        """The place in the output reached now, for raw_since()."""
        with self._changed:
            return len(self._raw)

    def raw_since(self, mark: int) -> bytes:
        """The bytes written since mark() was called."""
        with self._changed:
            return bytes(self._raw[mark:])

    @property
    def modes(self) -> frozenset[int]:
        """The private modes that are on: INITIAL_MODES and what the command has switched."""
        modes = set(INITIAL_MODES)
        for numbers, switch in re.findall(rb"\x1b\[\?([0-9;]+)([hl])", self.raw):
            changed = {int(number) for number in numbers.split(b";") if number}
            modes = modes | changed if switch == b"h" else modes - changed
        return frozenset(modes)

    @property
    def kitty_depth(self) -> int:
        """How many settings of the kitty keyboard protocol the command has pushed and not popped."""
        depth = 0
        for operation, number in re.findall(rb"\x1b\[([<>])([0-9]*)u", self.raw):
            depth = depth + 1 if operation == b">" else max(0, depth - int(number or 1))
        return depth

    def _read_until_stopped(self) -> None:
        """In a thread of its own: draw the output as it comes."""
        while True:
            ready, _, _ = select.select([self._master, self._stop_read], [], [])
            if self._stop_read in ready:
                return
            self._take_output()
            # Locks are not fair: without a pause, endless output would keep the waiting test out.
            time.sleep(0.0005)

    def _take_output(self) -> bool:
        """Draw what can be read now, up to some kilobytes; False if there was nothing."""
        with self._changed:
            ready, _, _ = select.select([self._master], [], [], 0)
            if not ready:
                return False
            try:
                data = os.read(self._master, self.most_at_once)
            except (BlockingIOError, InterruptedError):
                return False
            self._raw += data
            self._last_output = time.monotonic()
            self._draw(data)
            self._changed.notify_all()
            return True

    def _draw(self, data: bytes) -> None:
        for piece in self._filter.feed(data):
            try:
                self._stream.feed(piece)
            except Exception as error:  # a gap in pyte must not end the test's terminal
                self.rejected.append((piece, repr(error)))

    # ------------------------------------------------------------------ input

    def press(self, *keys: str) -> None:
        """Press keys one after another: "enter", "shift+tab", "f2", "ctrl+q", "ctrl+right", "alt+x", "é" …"""
        for key in keys:
            self.send(key_sequence(key, self.term))
            if key == "escape":
                self._last_escape = time.monotonic()

    def type(self, text: str) -> None:
        """Type text; a line end is the Enter key."""
        self.send(text.replace("\n", "\r"))

    def paste(self, text: str) -> None:
        """Paste text as xterm does: line ends as Enter, in brackets if the command has asked for them."""
        text = text.replace("\r\n", "\n").replace("\n", "\r")
        self.send(f"\x1b[200~{text}\x1b[201~" if 2004 in self.modes else text)

    def click(self, column: int, row: int, *, button: int = 0) -> None:
        """Press and release a mouse button on a cell, counted from 0; fails if no mouse is asked for."""
        if not (self.modes & {1000, 1002, 1003} and 1006 in self.modes):
            raise AssertionError(f"the mouse is off: the command has not asked for it\n{self.screenshot()}")
        place = f"\x1b[<{button};{column + 1};{row + 1}"
        self.send(f"{place}M{place}m")

    def click_text(self, text: str, *, timeout: float = 10.0) -> None:
        """Wait for a text and click on its first character."""
        self.wait_for(text, timeout=timeout)
        position = self.find(text)
        if position is None:
            raise AssertionError(f"{text!r} has gone before the click\n{self.screenshot()}")
        self.click(*position)

    def send(self, data: str | bytes) -> None:
        """Write to the command's input as it is."""
        time.sleep(max(0.0, self._last_escape + self.ESCAPE_PAUSE - time.monotonic()))
        self._last_escape = -self.ESCAPE_PAUSE
        rest = data.encode() if isinstance(data, str) else data
        while rest:
            _, writable, _ = select.select([], [self._master], [], 10)
            if not writable:
                raise AssertionError(f"the command does not read its input\n{self.screenshot()}")
            with suppress(BlockingIOError):
                rest = rest[os.write(self._master, rest) :]

    # ------------------------------------------------------------------ the screen

    @property
    def text(self) -> str:
        """The whole screen, without the blanks at the ends of lines."""
        with self._changed:
            return "\n".join(self.line(row) for row in range(self.screen.lines))

    def line(self, row: int) -> str:
        """One line of the screen, counted from 0, without the blanks at its end."""
        with self._changed:
            return "".join(self._cells(row)).rstrip()

    def cell(self, column: int, row: int) -> Char:
        """One cell: data, fg, bg, bold, reverse … (pyte knows no dim)."""
        with self._changed:
            return self.screen.buffer[row][column]

    def find(self, text: str) -> Position | None:
        """The cell where a text first begins; the text must be within one line."""
        with self._changed:
            for row in range(self.screen.lines):
                cells = self._cells(row)
                index = "".join(cells).find(text)
                if index >= 0:
                    starts = list(accumulate(map(len, cells), initial=0))
                    return Position(bisect_right(starts, index) - 1, row)
        return None

    def screenshot(self) -> str:
        """The screen in a frame, with the state of command and cursor above it."""
        with self._changed:
            columns, rows, cursor = self.screen.columns, self.screen.lines, self.screen.cursor
            status = "running" if self._status is None else f"exited with status {self._status}"
            heading = f"{columns}x{rows}, cursor at column {cursor.x} row {cursor.y}, {status}"
            body = [f"│{''.join(self._cells(row))}│" for row in range(rows)]
        edge = "─" * columns
        return "\n".join([heading, f"┌{edge}┐", *body, f"└{edge}┘"])

    def _cells(self, row: int) -> list[str]:
        """A line's cells; the second half of a wide character is empty, unless its first half is gone."""
        line = self.screen.buffer[row]
        cells = [line[column].data for column in range(self.screen.columns)]
        for column, data in enumerate(cells):
            if not data and not (column and cells[column - 1] and wcwidth(cells[column - 1][0]) == 2):
                cells[column] = " "
        return cells

    # ------------------------------------------------------------------ waiting

    def wait_for(self, expected: Expected, timeout: float = 10.0) -> None:
        """Wait until a text or a match is on the screen, or a function of this terminal is true.

        A text is looked for within lines, blanks at their ends included, or across them if it has line
        ends; a pattern is searched in ``text``. Fails with the screen, at once if the command has ended.
        """
        met = self._test_for(expected)
        self._wait(lambda: met(self), timeout, f"wait for {_name(expected)}", stop_at_exit=True)

    def wait_gone(self, expected: Expected, timeout: float = 10.0) -> None:
        """Wait until what wait_for() takes is no longer so; fails with the screen."""
        met = self._test_for(expected)
        self._wait(
            lambda: not met(self), timeout, f"wait for the end of {_name(expected)}", stop_at_exit=True
        )

    def wait_quiet(self, seconds: float = 0.2, timeout: float = 5.0) -> None:
        """Wait until nothing has been written for some time, which begins now at the earliest."""
        start = time.monotonic()
        with self._changed:
            while (left := max(start, self._last_output) + seconds - time.monotonic()) > 0:
                if time.monotonic() - start > timeout:
                    raise AssertionError(f"still writing after {timeout:g} s\n{self.screenshot()}")
                self._changed.wait(left)

    def wait_exit(self, timeout: float = 10.0) -> int:
        """Wait for the command's end; its exit status, or minus the signal that ended it."""
        self._wait(lambda: self._status is not None, timeout, "wait for the exit", stop_at_exit=False)
        assert self._status is not None
        return self._status

    def _wait(self, met: Callable[[], bool], timeout: float, purpose: str, *, stop_at_exit: bool) -> None:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not met():
                if stop_at_exit and self._status is not None:
                    raise AssertionError(f"{purpose}: the command has ended\n{self.screenshot()}")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{purpose}: not within {timeout:g} s\n{self.screenshot()}")
                self._changed.wait(min(left, 0.25))  # a function may look at more than this terminal

    @staticmethod
    def _test_for(expected: Expected) -> Callable[[Terminal], bool]:
        if isinstance(expected, re.Pattern):
            return lambda terminal: expected.search(terminal.text) is not None
        if isinstance(expected, str):
            if "\n" in expected:
                return lambda terminal: expected in terminal.text
            return lambda terminal: terminal.find(expected) is not None
        return expected


def _name(expected: Expected) -> str:
    """What a failed wait was for."""
    if isinstance(expected, str):
        return repr(expected)
    if isinstance(expected, re.Pattern):
        return f"a match of {expected.pattern!r}"
    return getattr(expected, "__name__", repr(expected))
