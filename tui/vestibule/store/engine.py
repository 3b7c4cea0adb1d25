"""Opens a site's database and runs transactions on it.

SQLite: WAL with ``synchronous=FULL`` (with NORMAL a power cut could make a used code unused
again), ``BEGIN IMMEDIATE`` for writes, a short busy timeout and then a clear refusal.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select, update
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool

from vestibule.store import cloud_schema, schema  # noqa: F401 - the cloud's tables belong to it
from vestibule.store.clock import Clock
from vestibule.store.errors import StoreError
from vestibule.store.vault import Vault, load_key, require_private

BUSY_SECONDS = 5.0
_READING = "vestibule_reading"


@dataclass(frozen=True)
class Transaction:
    """An open transaction, the time that rules in it, and the vault."""

    connection: Connection
    now: int
    vault: Vault


class Store:
    """A site's data."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault
        self.clock = Clock()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """All or nothing. Raises StoreError when the database is locked, full or broken."""
        with _as_store_errors(), self.engine.begin() as connection:
            yield Transaction(connection, self._tick(connection), self.vault)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view. Raises StoreError when the database cannot be read."""
        with _as_store_errors(), self.engine.connect() as plain:
            connection = plain.execution_options(**{_READING: True})
            with connection.begin():
                yield Transaction(connection, self.clock.now(), self.vault)

    def _tick(self, connection: Connection) -> int:
        site = schema.site
        wall = self.clock.now()
        highest = func.max(site.c.highest_time, wall)
        seen = connection.execute(update(site).values(highest_time=highest).returning(site.c.highest_time))
        return self.clock.now(seen.scalar_one())

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


class Changes:
    """Tells, for a few microseconds, whether another connection has written (PRAGMA data_version)."""

    def __init__(self, database: Path) -> None:
        uri = f"file:{database.as_posix()}?mode=ro"
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

    def mark(self) -> int:
        """A number that differs once something was written."""
        row = self._connection.execute("PRAGMA data_version").fetchone()
        return int(row[0])

    def close(self) -> None:
        """Close the watching connection."""
        self._connection.close()


def open_store(state: Path) -> Store:
    """Open the site in ``state`` and bring its tables up to date.

    Raises StoreError: no site, files open to others, the vault key missing or another one's.
    """
    database = state / "site.db"
    require_private(state, "no_site")
    require_private(database, "no_site")
    vault = load_key(state)
    store = Store(make_engine(database), vault)
    try:
        upgrade(store.engine)
        _check_key(store)
    except BaseException:
        store.close()
        raise
    return store


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


def upgrade(engine: Engine) -> None:
    """Bring the tables to this version; several processes may do so at once."""
    from alembic import command
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", "vestibule.store:migrations")
    with _as_store_errors(), engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")


def key_check(vault: Vault) -> bytes:
    """What the site row holds to recognise its own key."""
    return vault.digest("key check", b"vestibule")


def _check_key(store: Store) -> None:
    with store.read() as tx:
        row = tx.connection.execute(select(schema.site.c.key_check, schema.site.c.highest_time)).one_or_none()
    if row is None:
        raise StoreError("no_site", str(store.engine.url.database))
    if row.key_check != key_check(store.vault):
        raise StoreError("key_wrong")
    store.clock.now(row.highest_time)


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


@contextmanager
def _as_store_errors() -> Iterator[None]:
    try:
        yield
    except (OperationalError, DatabaseError) as error:
        number = getattr(error.orig, "sqlite_errorcode", None)
        code = _CODES.get(number & 0xFF) if isinstance(number, int) else None
        if code is None:
            raise
        raise StoreError(code) from error
