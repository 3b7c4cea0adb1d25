"""SQLite: one file, one writer at a time.

WAL with ``synchronous=FULL`` (with NORMAL a power cut could make a used code unused again), ``BEGIN
IMMEDIATE`` for writes, a short busy timeout and then a clear refusal.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 5.0


def make_engine(database: Path) -> Engine:
    """An engine on the SQLite file ``database``, whose files only their owner may touch.

    SQLite gives its -wal and -shm files the mode of the database, so that is made first.
    """
    os.close(os.open(database, os.O_RDWR | os.O_CREAT, 0o600))
    return _engine(f"sqlite:///{database}", "BEGIN IMMEDIATE")


def make_reader(engine: Engine) -> Engine:
    """Other connections to the file of ``engine``, which cannot write and wait for nobody who does."""
    reader = _engine(engine.url, "BEGIN")
    event.listen(reader, "connect", _only_read)
    return reader


class Watch:
    """Tells whether anybody has committed anything, in whatever process.

    By ``PRAGMA data_version`` of a connection that writes nothing itself: it stays the same exactly as long
    as no other connection commits. That takes a few microseconds, reads no page and waits for no lock.
    """

    def __init__(self, database: str) -> None:
        self._database: str | None = database
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def mark(self) -> int | None:
        """A number that another commit changes; None when it cannot be told just now."""
        with self._lock:
            try:
                if self._database is None:
                    return None
                if self._connection is None:
                    self._connection = sqlite3.connect(
                        self._database, timeout=0, isolation_level=None, check_same_thread=False
                    )
                    _only_read(self._connection, None)
                found: tuple[int] = self._connection.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error:
                return None
        return found[0]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database = None
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _engine(url: str | URL, begin: str) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=28,
        pool_timeout=BUSY_SECONDS,
        pool_use_lifo=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)

    def started(connection: Connection) -> None:
        connection.connection.cursor().execute(begin)

    event.listen(engine, "begin", started)
    return engine


def _prepare(dbapi: sqlite3.Connection, _record: object) -> None:
    dbapi.isolation_level = None
    dbapi.execute("PRAGMA journal_mode=WAL")
    dbapi.execute("PRAGMA synchronous=FULL")
    dbapi.execute("PRAGMA foreign_keys=ON")


def _only_read(dbapi: sqlite3.Connection, _record: object) -> None:
    dbapi.execute("PRAGMA query_only=ON")


_CODES = {
    sqlite3.SQLITE_BUSY: "database_busy",
    sqlite3.SQLITE_LOCKED: "database_busy",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "database_read_only",
    sqlite3.SQLITE_NOTADB: "database_damaged",
    sqlite3.SQLITE_CORRUPT: "database_damaged",
    sqlite3.SQLITE_CANTOPEN: "files_unreadable",
    sqlite3.SQLITE_IOERR: "disk_full",
}


def problem_of(error: BaseException | None) -> str | None:
    """The problem code of what SQLite complains about; None when that is our own mistake."""
    number = getattr(error, "sqlite_errorcode", None)
    return _CODES.get(number & 0xFF) if isinstance(number, int) else None
