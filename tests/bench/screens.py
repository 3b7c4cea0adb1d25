"""Measures the screens against the budgets of the design: ``.venv/bin/python -m tests.bench.screens``.

Ratios against a hello-world Textual app, measured side by side; not a test, since machines differ.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.terminal.pty_terminal import Terminal
from vestibule.config import Folders
from vestibule.remote.embedded import create_site

VESTIBULE = [sys.executable, "-m", "vestibule"]
HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("Hello")
Hello().run()
"""
PASSWORD = "a blue door behind the stairs"
MANY = 100_000
ROUNDS = 7


def main() -> None:
    """Print one line per budget."""
    with tempfile.TemporaryDirectory() as made:
        small, large = (site(Path(made) / name, count) for name, count in (("small", 10), ("large", MANY)))
        hello, hello_bytes = _start([sys.executable, "-c", HELLO], "Hello", small)
        login, login_bytes = _start(VESTIBULE, "Username", small)
        _say("exec to login dialog, × hello world", login / hello, 1.3)
        _say("bytes to first paint settled, kB", login_bytes / 1000, 12)
        print(f"   (hello world: {hello * 1000:.0f} ms, {hello_bytes / 1000:.1f} kB)")
        _list(small, large)


def _say(what: str, value: float, budget: float) -> None:
    verdict = "ok" if value <= budget else "OVER"
    print(f"{verdict:5}{what:50}{value:10.2f}   budget {budget}")


def site(home: Path, count: int) -> dict[str, str]:
    here = Folders(home / "config", home / "state", home / "cache")
    create_site(here, "Bench", PASSWORD, "en")
    with sqlite3.connect(here.database) as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute("select * from client").fetchone())
        names = [f"Person {number:06}" for number in range(count)]
        row |= {"service": 0, "admin": 0, "username": None, "username_key": None, "password_hash": None}
        columns = list(row)
        database.executemany(
            f"insert into client ({','.join(columns)}) values ({','.join('?' * len(columns))})",
            (
                [
                    (row | {"id": f"{number:016x}", "name": name, "name_key": name.lower(), "search": name})[
                        column
                    ]
                    for column in columns
                ]
                for number, name in enumerate(names)
            ),
        )
    database.close()
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "VESTIBULE_HOME": str(home)}


def _start(command: list[str], text: str, env: dict[str, str]) -> tuple[float, int]:
    times, sizes = [], []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        with Terminal(command, env=env) as terminal:
            terminal.wait_for(text)
            times.append(time.perf_counter() - began)
            terminal.wait_quiet(0.5)
            sizes.append(len(terminal.raw))
            terminal.press("ctrl+q")
            terminal.wait_exit()
    return statistics.median(times), int(statistics.median(sizes))


def _signed_in(env: dict[str, str]) -> tuple[Terminal, float]:
    terminal = Terminal(VESTIBULE, env=env)
    terminal.wait_for("Username")
    terminal.wait_quiet(1.0)
    terminal.type("service")
    terminal.press("enter")
    terminal.type(PASSWORD)
    began = time.perf_counter()
    terminal.press("enter")
    terminal.wait_for("Person 0")
    return terminal, time.perf_counter() - began


def _list(small: dict[str, str], large: dict[str, str]) -> None:
    few, few_seconds = _signed_in(small)
    few.close()
    many, many_seconds = _signed_in(large)
    with many:
        many.wait_quiet(0.5)
        _say("start of a list of 100,000, × a list of 10", many_seconds / few_seconds, 1.1)
        cost = _measure(many, lambda: many.press("down"))
        _say("cursor down, bytes", cost[1], 250)
        _say("cursor down, ms to the screen (pty and reader included)", cost[0] * 1000, 5)
        opened = _measure(many, lambda: many.press("a"), 1)
        _say("dialog opens, kB", opened[1] / 1000, 6)
        _say("Tab in a dialog, kB", _measure(many, lambda: many.press("tab"))[1] / 1000, 2)
        _say("dialog closes, kB", _measure(many, lambda: many.press("escape"), 1)[1] / 1000, 6)
        many.press("/")
        many.wait_quiet(0.3)
        keystroke = _measure(many, lambda: many.type("9"), 1)
        _say("filter keystroke, ms to the screen", keystroke[0] * 1000, 60)
        many.press("escape")
        many.wait_quiet(1.0)
        mark = many.mark()
        before = _cpu(many.pid)
        time.sleep(5)
        _say("idle, bytes/s", len(many.raw_since(mark)) / 5, 0)
        _say("idle, ms CPU/s", (_cpu(many.pid) - before) / 5 * 1000, 3)
        _say("memory embedded, MB", _memory(many.pid), 95)
        many.press("ctrl+q")
        many.wait_exit()


def _measure(terminal: Terminal, act: Callable[[], None], rounds: int = 9) -> tuple[float, float]:
    """Median seconds to the last byte, and median bytes."""
    times, sizes = [], []
    for _round in range(rounds):
        mark, began, last = terminal.mark(), time.perf_counter(), time.perf_counter()
        act()
        seen = 0
        while time.perf_counter() - max(last, began) < 0.25:
            size = len(terminal.raw_since(mark))
            if size != seen:
                seen, last = size, time.perf_counter()
            time.sleep(0.0005)
        times.append(last - began)
        sizes.append(seen)
    return statistics.median(times), statistics.median(sizes)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
