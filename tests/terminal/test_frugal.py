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
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.render.test_cells import seen
from tests.terminal.pty_terminal import INITIAL_MODES, Terminal
from vestibule.config import folders
from vestibule.remote.embedded import create_site

PASSWORD = "correct horse battery staple"
COLUMNS, ROWS = 80, 24
# None whose width pyte and Textual see differently: what is then left beside it depends on the timing.
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
    here = folders({"VESTIBULE_HOME": str(home)})
    create_site(here, "Haus Lindenhof", PASSWORD, "en")
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
    with Terminal(command, env=env, columns=COLUMNS, rows=ROWS) as terminal:
        terminal.wait_for("Username")
        terminal.wait_quiet(0.5)
        yield terminal


def sign_in(terminal: Terminal) -> None:
    terminal.type("service\n")
    terminal.wait_quiet(0.3)
    terminal.type(PASSWORD + "\n")
    terminal.wait_for("Person 00009")
    terminal.wait_quiet(0.5)


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


def assert_equal(ours: Terminal, plain: Terminal, step: object) -> None:
    """Compare two screens once they stand still; a slow machine may need some time for it."""
    deadline = time.monotonic() + 6
    for terminal in (ours, plain):
        terminal.wait_quiet(0.12, timeout=10)
    while picture(ours) != picture(plain):
        shown = f"{step}\n{ours.screenshot()}\n{plain.screenshot()}"
        assert time.monotonic() < deadline, shown
        time.sleep(0.1)


def resize(columns: int, rows: int) -> Callable[[Terminal], None]:
    return lambda terminal: terminal.resize(columns, rows)


JOURNEY: tuple[str | Callable[[Terminal], None], ...] = (
    "down", "down", "up", "pagedown", "end", "home",
    "a", "tab", "shift+tab", "escape", "?", "escape", "delete", "n",
    "ctrl+p", "escape", "tab",
    "/", "0", "backspace", "escape", "o", "o", "o",
    resize(110, 30), "down", "?", resize(70, 20), "escape", "home", "down", resize(COLUMNS, ROWS), "home",
    "e", "escape", "ctrl+o", "y",
)  # fmt: skip


@pytest.mark.parametrize("more", ["", BREAKS.format(after=20)], ids=["whole", "broken"])
def test_the_same_pictures(site: Path, tmp_path: Path, more: str) -> None:
    """Also after a mistake in it, which must leave nothing but more bytes."""
    with opened(site, tmp_path / "ours", more=more) as ours, opened(site, tmp_path / "b", False) as plain:
        assert_equal(ours, plain, "login")
        for terminal in (ours, plain):
            sign_in(terminal)
        assert_equal(ours, plain, "signed in")
        for number, step in enumerate(JOURNEY[:9] if more else JOURNEY):
            for terminal in (ours, plain):
                if isinstance(step, str):
                    terminal.press(step)
                else:
                    step(terminal)
            assert_equal(ours, plain, (number, step))
        for terminal in (ours, plain):
            terminal.press("ctrl+q")
            assert terminal.wait_exit() == 0
        assert_equal(ours, plain, "after the end")
        assert ours.modes == plain.modes == INITIAL_MODES
        assert ours.termios_is_sane()
        assert not ours.rejected
        assert more or len(ours.raw) < len(plain.raw) / 3


def test_the_picture_after_a_stop(site: Path, tmp_path: Path) -> None:
    """Whatever the app paints anew when it is continued gets through, on an empty screen."""
    with opened(site, tmp_path / "ours") as ours, opened(site, tmp_path / "b", False) as plain:
        for terminal in (ours, plain):
            sign_in(terminal)
            terminal.signal(signal.SIGTSTP)
            terminal.wait_for(lambda stopped: 1049 not in stopped.modes)
            terminal.wait_quiet(0.3)
            terminal.signal(signal.SIGCONT)
            terminal.wait_for(lambda continued: 1049 in continued.modes)
        assert_equal(ours, plain, "continued")
        for key in ("down", "pagedown", "a"):
            for terminal in (ours, plain):
                terminal.press(key)
            assert_equal(ours, plain, key)
        assert len(ours.text) > 1500


def test_a_size_taken_back_at_once(site: Path, tmp_path: Path) -> None:
    """The terminal has cut the picture meanwhile, and the app sees two changes or none."""
    with opened(site, tmp_path / "ours") as ours, opened(site, tmp_path / "b", False) as plain:
        for terminal in (ours, plain):
            sign_in(terminal)
            terminal.resize(40, 12)
            terminal.wait_quiet(0.5)
            terminal.resize(COLUMNS, ROWS)
            terminal.wait_quiet(0.5)
        assert_equal(ours, plain, "resized twice")


def test_bytes(site: Path, tmp_path: Path) -> None:
    """Within design.md §8; the numbers are printed with -s."""
    spent: dict[str, tuple[int, int]] = {}
    with opened(site, tmp_path / "ours") as ours, opened(site, tmp_path / "b", False) as plain:
        spent["boot"] = len(plain.raw), len(ours.raw)
        for terminal in (ours, plain):
            sign_in(terminal)
            terminal.press("end")  # away from the names of doubtful width
            terminal.wait_quiet(0.3)

        def measure(name: str, *keys: str) -> None:
            costs = [[cost(terminal, key) for key in keys] for terminal in (plain, ours)]
            spent[name] = (int(statistics.median(costs[0])), int(statistics.median(costs[1])))

        measure("cursor", "up", "up", "down")
        measure("dialog opens", "a")
        measure("Tab", "tab", "tab", "shift+tab")
        measure("dialog closes", "escape")
        measure("keys open", "?")
        measure("keys close", "escape")
    for name, (before, after) in spent.items():
        print(f"{name:15}{before:8}{after:8}")
    budgets = {"cursor": 250, "Tab": 2000, "keys open": 6000, "dialog opens": 6000, "dialog closes": 6000}
    assert {name: spent[name] for name, most in budgets.items() if not 0 < spent[name][1] <= most} == {}
    assert all(after < before for before, after in spent.values())


def cost(terminal: Terminal, key: str) -> int:
    mark = terminal.mark()
    terminal.press(key)
    terminal.wait_quiet(0.4)
    return len(terminal.raw_since(mark))
