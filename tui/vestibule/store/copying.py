"""Copies a site's rows from one database into another, SQLite or PostgreSQL, and compares both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Row, String, Table, collate, func, select, text

from vestibule.store import cloud_schema  # noqa: F401 - without its tables some would be left behind
from vestibule.store.dialect import is_shared
from vestibule.store.schema import metadata, notice

Told = Callable[[int, int], None]
"""Told how many rows are done, and how many there are to do."""
_BATCH = 500


def copy(source: Connection, target: Connection, told: Told) -> int:
    """Put all rows of ``source`` into ``target`` in place of its own, and compare; how many there are.

    Raises Differs. Nothing is in force before the caller commits.
    """
    tables = metadata.sorted_tables
    for table in reversed(tables):
        target.execute(table.delete())
    rows = sum(source.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
    done = 0
    for table in tables:
        for batch in _batches(source, table):
            target.execute(table.insert(), [row._asdict() for row in batch])
            done += len(batch)
            told(done, 2 * rows)
    _go_on_counting(source, target)
    for table in tables:
        for mine, theirs in zip_longest(_batches(source, table), _batches(target, table)):
            if mine != theirs:
                raise Differs(table.name)
            done += len(mine)
            told(done, 2 * rows)
    return rows


class Differs(Exception):
    """The copy of a table is not what the table is; the first argument is its name."""


def _batches(connection: Connection, table: Table) -> Iterator[list[Row[Any]]]:
    """The rows in the order of their keys, which must be one in every database."""
    keys = [
        collate(key, "C") if isinstance(key.type, String) and is_shared(connection) else key
        for key in table.primary_key
    ]
    query = select(table).order_by(*keys).execution_options(yield_per=_BATCH)
    with connection.execute(query) as rows:
        for batch in rows.partitions():
            yield list(batch)


def _go_on_counting(source: Connection, target: Connection) -> None:
    """Numbers of notices are never used again, not even those of notices that are gone."""
    if is_shared(source):
        last = source.execute(text("SELECT last_value FROM notice_id_seq")).scalar_one()
    else:
        last = source.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'notice'")).scalar() or 0
    if is_shared(target):
        target.execute(text("SELECT setval('notice_id_seq', :last)"), {"last": max(last, 1)})
        return
    target.execute(text("DELETE FROM sqlite_sequence WHERE name = 'notice'"))
    counted = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
    target.execute(counted, {"name": notice.name, "last": last})
