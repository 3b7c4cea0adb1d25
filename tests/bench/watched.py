"""A terminal that only looks at the clock: nothing is drawn, so nothing but the program is measured.

``tests.terminal.pty_terminal`` draws with pyte, in Python and in this process: that takes longer than the
program does to answer a key, and its start goes through another Python.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

COLUMNS, ROWS = 80, 24
QUIET = 0.25
"""Seconds without a byte after which nothing more is expected: the server's answers are here by then."""
_PATIENCE = 60.0


class Answer(NamedTuple):
    """What came after a key: seconds until the first and the last byte, and how many."""

    first: float
    last: float
    size: int


class Watched:
    """A program on a pty of 80×24, run from the moment this is made."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self.began = time.perf_counter()
        self.pid, self._line = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe(argv[0], list(argv), {**env, "TERM": "xterm-256color"})
        self._seen = b""

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return len(self._seen)

    def wait_for(self, text: bytes) -> float:
        """Seconds from the start until ``text`` was written. Raises TimeoutError."""
        deadline = time.perf_counter() + _PATIENCE
        while text not in self._seen:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{text!r} has not come: {self._seen[-2000:]!r}")
            self._read(1.0)
        return time.perf_counter() - self.began

    def wait_quiet(self, seconds: float = QUIET) -> None:
        """Until nothing was written for so long."""
        while self._read(seconds):
            pass

    def send(self, keys: str) -> None:
        """Press ``keys``."""
        os.write(self._line, keys.encode())

    def type(self, keys: str) -> Answer:
        """Send ``keys`` and look until nothing more comes."""
        began, before = time.perf_counter(), self.size
        self.send(keys)
        first = last = began
        while self._read(QUIET):
            last = time.perf_counter()
            first = last if first == began else first
        return Answer(first - began, last - began, self.size - before)

    def cpu(self) -> float:
        """Seconds of processor time of all its threads; to the nanosecond, where clock ticks are 10 ms."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def memory(self) -> float:
        """Megabytes that are its own, with its share of what others have too."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

    def leave(self) -> None:
        """Quit by its key, and wait for its end."""
        self.send("\x11")
        try:
            while os.read(self._line, 65536):
                pass
        except OSError:  # the other end is closed
            os.waitpid(self.pid, 0)
            os.close(self._line)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._line], [], [], seconds)
        if ready:
            self._seen += os.read(self._line, 65536)
        return bool(ready)
