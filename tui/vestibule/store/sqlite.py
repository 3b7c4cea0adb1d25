"""SQLite: one file, one writer at a time.

WAL with ``synchronous=FULL`` (with NORMAL a power cut could make a used code unused again), ``BEGIN
IMMEDIATE`` for writes, a short busy timeout and then a clear refusal.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 5.0
_READING = "vestibule_reading"
READING: Final = {_READING: True}
"""Execution options of a transaction that only reads."""


def make_engine(database: Path) -> Engine:
    """An engine on the SQLite file ``database``, whose files only their owner may touch.

    SQLite gives its -wal and -shm files the mode of the database, so that is made first.
    """
    os.close(os.open(database, os.O_RDWR | os.O_CREAT, 0o600))
    engine = create_engine(
        f"sqlite:///{database}",
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=28,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(dbapi: sqlite3.Connection, _record: object) -> None:
    dbapi.isolation_level = None
    dbapi.execute("PRAGMA journal_mode=WAL")
    dbapi.execute("PRAGMA synchronous=FULL")
    dbapi.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    reading: Any = connection.get_execution_options().get(_READING)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


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


def problem_of(error: DBAPIError) -> str | None:
    """The problem code of what SQLite complains about; None when that is our own mistake."""
    number = getattr(error.orig, "sqlite_errorcode", None)
    return _CODES.get(number & 0xFF) if isinstance(number, int) else None
