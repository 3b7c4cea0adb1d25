"""Statements that every database understands, in its own dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, case
from sqlalchemy.dialects import postgresql, sqlite

from vestibule.store.engine import Transaction


def insert(tx: Transaction, table: Table) -> Any:
    """An INSERT that may say ON CONFLICT."""
    if tx.connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def larger(one: Any, other: Any) -> ColumnElement[Any]:
    """The larger of two values: SQLite calls it ``max``, PostgreSQL ``greatest``."""
    return case((one > other, one), else_=other)
