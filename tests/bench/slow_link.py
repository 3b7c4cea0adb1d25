"""Measures the screens over slow lines: ``.venv/bin/python -m tests.bench.slow_link``.

The line takes as many bytes a second as a serial line of that speed; what it delays is added to the times.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.screens import PASSWORD, site
from tests.terminal.pty_terminal import Terminal

VESTIBULE = [sys.executable, "-m", "vestibule"]
BITS = 10
"""On the wire for a byte: with a start and a stop bit."""
ROUNDS = 5
HELD, PER_SECOND = 1.5, 30
"""Seconds for which an arrow key is held, and how often it repeats."""


class Link(NamedTuple):
    """A line, what is asked of Vestibule on it, and its budgets in seconds."""

    name: str
    baud: int
    delay: float
    term: str
    flags: tuple[str, ...]
    login: float | None
    """Until the login dialog is painted."""
    lag: float | None
    """From letting an arrow key go until the screen stands still."""


LINKS = (
    Link("115,200 baud, 150 ms", 115_200, 0.15, "xterm-256color", (), 1.5, 0.5),
    Link("115,200 baud, 150 ms, --slow", 115_200, 0.15, "xterm-256color", ("--slow",), 1.5, 0.5),
    Link("115,200 baud, vt220", 115_200, 0, "vt220", (), 1.5, 0.5),
    Link("38,400 baud, vt220", 38_400, 0, "vt220", (), None, None),
    Link("9,600 baud, vt220", 9_600, 0, "vt220", (), 6, None),
    Link("9,600 baud, --terminal mono --slow", 9_600, 0, "xterm", ("--terminal", "mono", "--slow"), 6, None),
)


class SlowTerminal(Terminal):
    """A terminal at the end of a line that takes so many bytes a second."""

    def __init__(self, link: Link, env: dict[str, str]) -> None:
        self._rate = link.baud / BITS
        self._free_at = 0.0
        super().__init__([*VESTIBULE, *link.flags], env=env, term=link.term)
        self.most_at_once = max(16, int(self._rate / 100))

    def _take_output(self) -> bool:
        """A few bytes, as soon as those before have gone through."""
        time.sleep(max(0.0, self._free_at - time.monotonic()))
        before = self.mark()
        taken = super()._take_output()
        self._free_at = time.monotonic() + (self.mark() - before) / self._rate
        return taken


def main() -> None:
    """Print a table."""
    print(f"{'':38}{'login':>16}{'Tab':>16}{'sign in':>16}{'↓':>16}{'↓ held, lag':>16}{'dialog':>16}")
    with tempfile.TemporaryDirectory() as made:
        env = site(Path(made) / "site", 200)
        for link in LINKS:
            print(f"{link.name:38}{''.join(_cells(link, env))}", flush=True)


@contextmanager
def _at_login(link: Link, env: dict[str, str]) -> Iterator[tuple[SlowTerminal, float]]:
    """Before the login dialog, and the seconds until it was painted to its last line."""
    began = time.monotonic()
    with SlowTerminal(link, env) as terminal:
        terminal.wait_for("Sign in ]", timeout=60)
        terminal.wait_for("quit", timeout=60)
        spent = time.monotonic() - began + link.delay
        terminal.wait_quiet(0.7, timeout=60)
        yield terminal, spent


def _cells(link: Link, env: dict[str, str]) -> Iterator[str]:
    times = []
    for _round in range(ROUNDS - 1):
        with _at_login(link, env) as (_terminal, spent_so):
            times.append(spent_so)
    with _at_login(link, env) as (terminal, spent_so):
        times.append(spent_so)
        yield _cell(statistics.median(times), terminal.mark(), link.login)
        yield _act(link, terminal, "tab")
        terminal.press("shift+tab")
        terminal.wait_quiet(0.5, timeout=60)
        terminal.type("service\n")
        terminal.wait_quiet(0.5, timeout=60)
        with _timed(link, terminal) as spent:
            terminal.type(PASSWORD + "\n")
            terminal.wait_for("Person 0", timeout=60)
        yield spent[0]
        yield _act(link, terminal, "down")
        yield _held(link, terminal)
        yield _act(link, terminal, "e")
        terminal.press("escape")
        terminal.wait_quiet(1, timeout=60)
        terminal.press("ctrl+q")
        terminal.wait_exit(60)


@contextmanager
def _timed(link: Link, terminal: Terminal) -> Iterator[list[str]]:
    spent: list[str] = []
    mark, began = terminal.mark(), time.monotonic()
    yield spent
    last = _still(terminal)
    spent.append(_cell(last - began + 2 * link.delay, terminal.mark() - mark, None))


def _act(link: Link, terminal: Terminal, key: str) -> str:
    with _timed(link, terminal) as spent:
        terminal.press(key)
    return spent[0]


def _held(link: Link, terminal: Terminal) -> str:
    mark = terminal.mark()
    for _key in range(int(HELD * PER_SECOND)):
        terminal.press("down")
        time.sleep(1 / PER_SECOND)
    released = time.monotonic()
    lag = max(0.0, _still(terminal) - released)
    return _cell(lag + link.delay, terminal.mark() - mark, link.lag)


def _still(terminal: Terminal) -> float:
    """When the last byte came; nothing for a while after it."""
    last, size = time.monotonic(), terminal.mark()
    first = last
    while time.monotonic() - last < 0.6:
        if terminal.mark() != size:
            last, size = time.monotonic(), terminal.mark()
        time.sleep(0.002)
    return last if last != first else first


def _cell(seconds: float, count: int, budget: float | None) -> str:
    verdict = "" if budget is None else " ok" if seconds <= budget else " OVER"
    return f"{f'{seconds:.2f} s {count} B{verdict}':>16}"


if __name__ == "__main__":
    os.environ.pop("VESTIBULE_HOME", None)
    main()
