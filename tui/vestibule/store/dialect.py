"""What SQLite and PostgreSQL do differently in a transaction. Whoever asks need not know which it is.

SQLite lets one write at a time. On PostgreSQL writers go on beside each other, READ COMMITTED: what one
has read may have changed when it writes. So one guarded statement decides; where a rule has to read first,
it holds what it read (:func:`hold`) or waits for its turn (:func:`turn`).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, case, delete, func, select, text, tuple_
from sqlalchemy.dialects import postgresql, sqlite

WRITING = "writing"
"""The turn that all who write have together, and who moves the site has alone."""
_POSTGRESQL = "postgresql"


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that may say what to do ``on_conflict``."""
    return insert_for(connection.dialect.name, table)


def insert_for(database: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same for a statement that is built once for each kind of ``database``."""
    return postgresql.insert(table) if database == _POSTGRESQL else sqlite.insert(table)


def larger(one: Any, other: Any) -> ColumnElement[Any]:
    """The larger of two values: SQLite calls it ``max``, PostgreSQL ``greatest``."""
    return case((one > other, one), else_=other)


def hold(connection: Connection, rows: Select[Any], **values: Any) -> None:
    """Until the end of the transaction nobody else changes ``rows`` or holds them; others may refer to them.

    What is read of them by the next statement is what is in force.
    """
    if is_shared(connection):
        connection.execute(rows.with_for_update(key_share=True), values)


def turn(connection: Connection, name: str) -> None:
    """Wait until nobody else has the turn ``name``, and keep it until the end of the transaction."""
    if is_shared(connection):
        connection.execute(select(func.pg_advisory_xact_lock(_number_of(name))))


def join(connection: Connection, name: str) -> None:
    """Have the turn ``name`` together with others who join; whoever wants it alone waits, and they for it."""
    if is_shared(connection):
        connection.execute(select(func.pg_advisory_xact_lock_shared(_number_of(name))))


def _number_of(turn: str) -> int:
    return zlib.crc32(f"vestibule {turn}".encode())


def alone_with(connection: Connection, table: Table) -> None:
    """Until the end of the transaction nobody else writes to ``table``; ask for it before anything else."""
    if is_shared(connection):
        connection.execute(text(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE"))


def quick(connection: Connection, sql: str, values: Any = ()) -> Sequence[Any]:
    """All rows of a question in the database's own words, in plain tuples.

    SQLite answers in a tenth of the time that SQLAlchemy needs to pass it on, so it is asked directly.
    """
    if is_shared(connection):
        return connection.exec_driver_sql(sql, values or None).all()
    cursor = connection.connection.cursor()
    cursor.execute(sql, values)
    return cursor.fetchall()


def is_shared(connection: Connection) -> bool:
    """Whether several may write at the same time."""
    return connection.dialect.name == _POSTGRESQL


def delete_free(connection: Connection, table: Table, *which: ColumnElement[bool]) -> None:
    """Delete rows; what somebody else holds stays, for the next time."""
    keys = tuple_(*table.primary_key)
    free = select(*table.primary_key).where(*which).with_for_update(skip_locked=True)
    connection.execute(delete(table).where(keys.in_(free)))
