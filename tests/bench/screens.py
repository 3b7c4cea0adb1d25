"""Measures the screens against the budgets of the design: ``.venv/bin/python -m tests.bench.screens``.

Ratios against a hello-world Textual app, measured in turns; not a test, since machines differ. Milliseconds
are what a person waits for: from the key until the last byte that it changes, medians of many.
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

from tests.bench.watched import Answer, Watched
from vestibule.config import Folders
from vestibule.remote.embedded import create_site

VESTIBULE = [str(Path(sys.executable).with_name("vestibule"))]
"""The command as it is installed; ``python -m`` has to find out first what to run."""
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
STARTS, LISTS, KEYS, LETTERS = 11, 3, 25, 15
"""How often each is measured."""
DOWN, ESCAPE, BACKSPACE = "\x1b[B", "\x1b", "\x7f"
IDLE_SECONDS = 20


def main() -> None:
    """Print one line per budget."""
    with tempfile.TemporaryDirectory() as made:
        small, large = (site(Path(made) / name, count) for name, count in (("small", 10), ("large", MANY)))
        _start(small)
        _list(small, large)


def _say(what: str, value: float, budget: float) -> None:
    verdict = "ok" if value <= budget else "OVER"
    print(f"{verdict:5}{what:52}{value:10.2f}   budget {budget}")


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


def _start(env: dict[str, str]) -> None:
    """Hello world and Vestibule in turns: what else runs here meets them alike."""
    hellos, logins = [], []
    for _round in range(STARTS):
        hellos.append(_begin([sys.executable, "-c", HELLO], b"Hello", env))
        logins.append(_begin(VESTIBULE, b"Username", env))
    hello, login = (statistics.median(each.first for each in answers) for answers in (hellos, logins))
    _say("exec to login dialog, × hello world", login / hello, 1.3)
    _say("bytes to first paint settled, kB", _typical(logins).size / 1000, 12)
    quickest = min(each.first for each in logins) / min(each.first for each in hellos)
    size = _typical(hellos).size / 1000
    print(f"   (hello world: {hello * 1000:.0f} ms, {size:.1f} kB; the quickest of each: × {quickest:.2f})")


def _begin(command: list[str], text: bytes, env: dict[str, str]) -> Answer:
    """From exec until ``text`` is written; the bytes are those until nothing more comes."""
    watched = Watched(command, env)
    seconds = watched.wait_for(text)
    watched.wait_quiet(0.5)
    answer = Answer(seconds, seconds, watched.size)
    watched.leave()
    return answer


def _signed_in(env: dict[str, str]) -> tuple[Watched, float]:
    watched = Watched(VESTIBULE, env)
    watched.wait_for(b"Username")
    watched.wait_quiet(1.0)
    watched.type("service\r")
    watched.type(PASSWORD)
    before = time.perf_counter()
    watched.send("\r")
    watched.wait_for(b"Person 0")
    seconds = time.perf_counter() - before
    watched.wait_quiet(0.5)
    return watched, seconds


def _list(small: dict[str, str], large: dict[str, str]) -> None:
    many = _open(small, large)
    many.type(DOWN)
    downs = [many.type(DOWN) for _round in range(KEYS)]
    down = _typical(downs)
    _say("cursor down, bytes", down.size, 250)
    _say("cursor down, ms until it has moved", down.first * 1000, 5)
    _say("cursor down, ms until the client beside it is shown", down.last * 1000, 5)
    print(f"   (the quickest: {min(each.last for each in downs) * 1000:.1f} ms)")
    _say("dialog opens, kB", many.type("a").size / 1000, 6)
    _say("Tab in a dialog, kB", _measure(LETTERS, lambda: many.type("\t")).size / 1000, 2)
    _say("dialog closes, kB", many.type(ESCAPE).size / 1000, 6)
    many.type("/")
    letter = _measure(LETTERS, lambda: many.type("9"), lambda: many.type(BACKSPACE))
    _say("filter keystroke, ms until the letter is there", letter.first * 1000, 60)
    _say("filter keystroke, ms until the list is", letter.last * 1000, 60)
    many.type(ESCAPE)
    many.wait_quiet(2.0)
    _idle(many)
    many.leave()


def _open(small: dict[str, str], large: dict[str, str]) -> Watched:
    """The list of many; how long it took to come is compared with that of few, in turns."""
    seconds: dict[str, list[float]] = {"few": [], "many": []}
    while True:
        few, took = _signed_in(small)
        seconds["few"].append(took)
        few.leave()
        many, took = _signed_in(large)
        seconds["many"].append(took)
        if len(seconds["many"]) == LISTS:
            break
        many.leave()
    ratio = statistics.median(seconds["many"]) / statistics.median(seconds["few"])
    _say("start of a list of 100,000, × a list of 10", ratio, 1.1)
    return many


def _idle(watched: Watched) -> None:
    before, size = watched.cpu(), watched.size
    until = time.perf_counter() + IDLE_SECONDS
    while (left := until - time.perf_counter()) > 0:
        watched.wait_quiet(left)
    _say("idle, bytes/s", (watched.size - size) / IDLE_SECONDS, 0)
    _say("idle, ms CPU/s", (watched.cpu() - before) / IDLE_SECONDS * 1000, 3)
    _say("memory embedded, MB", watched.memory(), 95)


def _measure(rounds: int, act: Callable[[], Answer], back: Callable[[], object] = lambda: None) -> Answer:
    """The typical answer; ``back`` undoes the act each time."""
    answers = []
    for _round in range(rounds):
        answers.append(act())
        back()
    return _typical(answers)


def _typical(answers: list[Answer]) -> Answer:
    """The median of each."""
    firsts, lasts, sizes = zip(*answers, strict=True)
    return Answer(statistics.median(firsts), statistics.median(lasts), int(statistics.median(sizes)))


if __name__ == "__main__":
    main()
