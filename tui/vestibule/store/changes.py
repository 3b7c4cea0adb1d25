"""Hears of other processes' writes: SQLite is looked at, PostgreSQL calls."""

from __future__ import annotations

import logging
import selectors
import socket
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

CHANNEL = "vestibule"
"""Where PostgreSQL tells of a commit."""
POLL_SECONDS = 0.5
"""How often SQLite is asked: with the thread that wakes up for it, 0.2 ms of processor time each."""
_AGAIN_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Between tries to listen again."""
_PROOF_SECONDS = 30.0
"""A line that has been silent for so long is asked whether it still stands."""
_CLOSE_SECONDS = 1.0
_log = logging.getLogger("vestibule.store")


class Changes(ABC):
    """Tells of writes, also of some that were this process's own, from a thread of its own."""

    def __init__(self) -> None:
        self._told: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def watch(self, told: Callable[[], None]) -> None:
        """Call ``told`` from now on after each write, and once to begin with."""
        if self._thread is None and not self._closing.is_set():
            self._told = told
            self._thread = threading.Thread(target=self._run, name="changes", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Tell nobody any more."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_SECONDS)

    def _tell(self) -> None:
        if not self._closing.is_set():
            self._told()

    @abstractmethod
    def _run(self) -> None:
        """Tell until closing."""


class FileChanges(Changes):
    """Of a SQLite file: another connection's commit moves ``PRAGMA data_version``."""

    def __init__(self, database: Path) -> None:
        super().__init__()
        self._uri = f"{database.absolute().as_uri()}?mode=ro"

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                with closing(sqlite3.connect(self._uri, uri=True, isolation_level=None)) as connection:
                    self._poll(connection)
            except sqlite3.Error as error:
                _log.warning("changes: %s", error.sqlite_errorname)
                self._closing.wait(_AGAIN_SECONDS[-1])

    def _poll(self, connection: sqlite3.Connection) -> None:
        known = None
        while True:
            (mark,) = connection.execute("PRAGMA data_version").fetchone()
            if mark != known:
                known = mark
                self._tell()
            if self._closing.wait(POLL_SECONDS):
                return


class CalledChanges(Changes):
    """Of a PostgreSQL: LISTEN on a connection of its own, made anew for as long as it takes."""

    def __init__(self, connect: Callable[[], psycopg.Connection]) -> None:
        """``connect`` opens a connection in autocommit."""
        super().__init__()
        self._connect = connect
        self._woken, self._wake = socket.socketpair()

    def close(self) -> None:
        """Tell nobody any more."""
        self._wake.close()
        super().close()
        if self._thread is None:
            self._woken.close()

    def _run(self) -> None:
        import psycopg

        tries = 0
        with self._woken, selectors.DefaultSelector() as waiting:
            waiting.register(self._woken, selectors.EVENT_READ)
            while not self._closing.is_set():
                try:
                    with closing(self._connect()) as connection:
                        connection.execute(f"LISTEN {CHANNEL}")
                        tries = 0
                        # What was told while nobody listened is not told again.
                        self._tell()
                        self._listen(connection, waiting)
                except (psycopg.Error, OSError, RuntimeError) as error:
                    _log.warning("changes: %s", type(error).__name__)
                    self._closing.wait(_AGAIN_SECONDS[min(tries, len(_AGAIN_SECONDS) - 1)])
                    tries += 1

    def _listen(self, connection: psycopg.Connection, waiting: selectors.BaseSelector) -> None:
        with _also(waiting, connection.fileno()):
            while not self._closing.is_set():
                if not waiting.select(_PROOF_SECONDS):
                    connection.execute("SELECT 1")
                if any(True for _ in connection.notifies(timeout=0)):
                    self._tell()


@contextmanager
def _also(waiting: selectors.BaseSelector, line: int) -> Iterator[None]:
    waiting.register(line, selectors.EVENT_READ)
    try:
        yield
    finally:
        waiting.unregister(line)
