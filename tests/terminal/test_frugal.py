"""The frugal driver beside Textual's own: the same pictures for a fraction of the bytes."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.render.test_cells import seen
from tests.sites import PASSWORD, new_site
from tests.terminal.desk import has_focus
from tests.terminal.pty_terminal import INITIAL_MODES, Terminal

COLUMNS, ROWS = 80, 24
# None whose width pyte and Textual see differently: what is then left beside it depends on the timing.
ODD_NAMES = (
    "Person 00003 👩\u200d💻",
    "Person 00005 漢字カナ",
    "Person 00007 e\u0301te\u0301",
)

VESTIBULE = """
from vestibule import terminal
terminal.prepare()
from vestibule import app, frugal
app.VestibuleApp.get_driver_class = lambda self: frugal.FrugalDriver
{more}
from vestibule.__main__ import main
main()
"""
BREAKS = """
from vestibule.render.cells import Frugal
fed, feed = [], Frugal.feed
def breaks(self, data):
    fed.append(data)
    if len(fed) == {after}:
        feed(self, data)
        raise RuntimeError("a mistake")
    return feed(self, data)
Frugal.feed = breaks
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of sixty clients; nothing on its screens counts down."""
    home = tmp_path_factory.mktemp("frugal") / "site"
    here = new_site(home)
    with closing(sqlite3.connect(here.database)) as database, database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("SELECT * FROM client").fetchone())
        row |= dict.fromkeys(("username", "username_key", "password_hash")) | {"service": 0, "admin": 0}
        names = sorted([*ODD_NAMES, *(f"Person {number:05}" for number in range(60))])
        for number, name in enumerate(names):
            row |= {"id": f"{number:016x}", "name": name, "name_key": name.lower(), "search": name.lower()}
            marks = ",".join("?" * len(row))
            database.execute(f"INSERT INTO client ({','.join(row)}) VALUES ({marks})", tuple(row.values()))
    return home


@contextmanager
def opened(site: Path, home: Path, frugal: bool = True, more: str = "") -> Iterator[Terminal]:
    """The app before its login dialog, on a copy of the site of its own."""
    shutil.copytree(site, home)
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "TZ": "Europe/Zurich",
        "VESTIBULE_HOME": str(home),
        "VESTIBULE_FRUGAL": str(int(frugal)),
    }
    command = [sys.executable, "-c", VESTIBULE.format(more=more)]
    with Terminal(command, env=env, columns=COLUMNS, rows=ROWS, warm=True) as terminal:
        terminal.wait_for("Haus Lindenhof", timeout=30)
        terminal.wait_for(has_focus("Username"))
        yield terminal


def sign_in(*terminals: Terminal) -> None:
    for terminal in terminals:
        terminal.type("service\n")
    for terminal in terminals:
        terminal.wait_for(has_focus("Password"))
        terminal.type(PASSWORD + "\n")
    for terminal in terminals:
        terminal.wait_for("Person 00009", timeout=30)


def picture(terminal: Terminal) -> list[object]:
    """Every cell with its look, and the cursor."""
    screen = terminal.screen
    cells = [
        [seen(terminal.cell(column, row)) for column in range(screen.columns)] for row in range(screen.lines)
    ]
    for row in range(screen.lines):
        for clock in re.finditer(r"\b[0-9]{2}:[0-9]{2}\b", terminal.line(row)):
            cells[row][clock.start() : clock.end()] = []  # the two do not sign in within the same minute
    return [*cells, (screen.cursor.x, screen.cursor.y, screen.cursor.hidden)]


OPENS = {
    "a": "Add a client",
    "e": "ctrl+s/F2 save",
    "?": "┌─ Keys ─",
    "delete": "Remove this client?",
    "ctrl+p": "Find an action",
    "ctrl+o": "Sign out?",
}
"""The keys that open a dialog, and what it says."""


def stand_still(terminals: Iterable[Terminal], marks: Iterable[int]) -> None:
    """Until all have written what they write to a key; some keys make them write nothing."""
    pressed = time.monotonic()
    for terminal, mark in zip(terminals, marks, strict=True):
        with suppress(AssertionError):
            terminal.wait_for(lambda it: it.mark() > mark, timeout=pressed + 0.3 - time.monotonic())  # noqa: B023
    for terminal in terminals:
        terminal.wait_quiet(0.06, timeout=20)


def assert_equal(ours: Terminal, plain: Terminal, step: object) -> None:
    """Compare two screens; a slow machine may need some time until they are the same."""
    deadline = time.monotonic() + 20
    while picture(ours) != picture(plain):
        shown = f"{step}\n{ours.screenshot()}\n{plain.screenshot()}"
        assert time.monotonic() < deadline, shown
        time.sleep(0.05)


Step: TypeAlias = str | Callable[[Terminal], None]


def take(step: Step, ours: Terminal, plain: Terminal) -> tuple[int, int]:
    """One step on both, which must look the same afterwards; the bytes that the two have written."""
    terminals = plain, ours
    marks = [terminal.mark() for terminal in terminals]
    open_now = [words for words in OPENS.values() if words in ours.text]
    for terminal in terminals:
        if isinstance(step, str):
            terminal.press(step)
        else:
            step(terminal)
    for terminal in terminals:
        if step in OPENS:
            terminal.wait_for(OPENS[str(step)])
        elif step in ("escape", "n", "enter"):
            for words in open_now:
                terminal.wait_gone(words)
    stand_still(terminals, marks)
    assert_equal(ours, plain, step)
    before, after = (terminal.mark() - mark for terminal, mark in zip(terminals, marks, strict=True))
    return before, after


def resize(columns: int, rows: int) -> Callable[[Terminal], None]:
    return lambda terminal: terminal.resize(columns, rows)


def resize_and_take_it_back(terminal: Terminal) -> None:
    """The terminal has cut the picture meanwhile, and the app sees two changes or none."""
    columns, rows = terminal.screen.columns, terminal.screen.lines
    terminal.resize(40, 12)
    terminal.wait_quiet(0.3)
    terminal.resize(columns, rows)


def stop_and_continue(terminal: Terminal) -> None:
    """Whatever the app paints anew when it is continued gets through, on an empty screen."""
    terminal.signal(signal.SIGTSTP)
    terminal.wait_for(lambda stopped: 1049 not in stopped.modes)
    terminal.wait_quiet(0.2)
    terminal.signal(signal.SIGCONT)
    terminal.wait_for(lambda continued: 1049 in continued.modes)
    terminal.wait_for(lambda painted: len(painted.text) > 1500)


JOURNEY: dict[str, tuple[Step, ...]] = {
    "first steps": ("down", "down", "up", "pagedown", "home"),
    "end": ("end",),
    "cursor": ("up", "up", "down"),  # away from the names of doubtful width
    "dialog opens": ("a",),
    "Tab": ("tab", "tab", "shift+tab"),
    "dialog closes": ("escape",),
    "keys open": ("?",),
    "keys close": ("escape",),
    "question": ("delete", "n"),
    "palette": ("ctrl+p", "escape", "tab"),
    "filter": ("/", "0", "backspace", "escape"),
    "order": ("o", "o", "o"),
    "sizes": (
        resize(110, 30), "down", "?", resize(70, 20), "escape", "home", "down", resize(COLUMNS, ROWS), "home",
        resize_and_take_it_back,
    ),
    "stop": (stop_and_continue, "down", "pagedown", "a", "escape"),
    "sign out": ("e", "escape", "ctrl+o", "tab", "enter"),
}  # fmt: skip
BUDGETS = {"cursor": 250, "Tab": 2000, "keys open": 6000, "dialog opens": 6000, "dialog closes": 6000}
"""Of design.md §8, in bytes."""


def test_the_same_pictures_for_a_fraction_of_the_bytes(site: Path, tmp_path: Path) -> None:
    """The numbers are printed with -s."""
    with opened(site, tmp_path / "ours") as ours, opened(site, tmp_path / "b", False) as plain:
        stand_still((ours, plain), (0, 0))
        assert_equal(ours, plain, "login")
        spent = {"boot": [(len(plain.raw), len(ours.raw))]}
        sign_in(ours, plain)
        stand_still((ours, plain), (0, 0))
        assert_equal(ours, plain, "signed in")
        for name, steps in JOURNEY.items():
            spent[name] = [take(step, ours, plain) for step in steps]
        for terminal in (ours, plain):
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
        assert_equal(ours, plain, "after the end")
        assert ours.modes == plain.modes == INITIAL_MODES
        assert ours.termios_is_sane()
        assert not ours.rejected
        assert len(ours.raw) < len(plain.raw) / 3
    usual = {
        name: [int(statistics.median(side)) for side in zip(*costs, strict=True)]
        for name, costs in spent.items()
    }
    for name, (before, after) in usual.items():
        print(f"{name:15}{before:8}{after:8}")
    assert {name: usual[name] for name, most in BUDGETS.items() if not 0 < usual[name][1] <= most} == {}
    assert all(usual[name][1] < usual[name][0] for name in ("boot", "keys close", *BUDGETS))


def test_a_mistake_in_it_leaves_nothing_but_more_bytes(site: Path, tmp_path: Path) -> None:
    breaks = BREAKS.format(after=20)
    with opened(site, tmp_path / "ours", more=breaks) as ours, opened(site, tmp_path / "b", False) as plain:
        sign_in(ours, plain)
        stand_still((ours, plain), (0, 0))
        assert_equal(ours, plain, "signed in")
        for step in ("down", "down", "up", "pagedown", "end", "home", "a", "tab", "shift+tab"):
            take(step, ours, plain)
        for terminal in (ours, plain):
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
        assert_equal(ours, plain, "after the end")
        assert ours.modes == plain.modes == INITIAL_MODES
        assert ours.termios_is_sane()
        assert not ours.rejected
