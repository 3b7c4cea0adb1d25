"""Questions that are asked at every request, compiled once.

To build a SQLAlchemy statement, look it up and wrap what it gives takes ten times as long as SQLite takes to
answer. Here its SQL is kept, and a row is a plain tuple with names.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Select

from vestibule.store.dialect import quick

_named: Final[Any] = collections.namedtuple  # whose names mypy would have to know


class Prepared:
    """A SELECT whose ``bindparam`` are given each time; what else varies has to be another statement."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        row = _named("row", [column.key for column in statement.selected_columns])
        self._make: Callable[[Iterable[Any]], Any] = row._make
        self._for: dict[str, _Compiled] = {}

    def all(self, connection: Connection, **values: Any) -> list[Any]:
        """All rows, with their columns as attributes."""
        dialect = connection.dialect
        compiled = self._for.get(dialect.name)
        if compiled is None:
            compiled = self._for[dialect.name] = _Compiled(self._statement, dialect)
        return list(map(self._make, compiled.fetch(connection, values)))

    def first(self, connection: Connection, **values: Any) -> Any:
        """The first row, None when there is none."""
        rows = self.all(connection, **values)
        return rows[0] if rows else None


class _Compiled:
    """A statement in one database's words."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._fixed = dict(compiled.params)
        self._order: list[str] | None = compiled.positiontup if compiled.positional else None
        kinds = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
        processes = [kind.result_processor(dialect, None) for kind in kinds]
        self._processes = [(at, process) for at, process in enumerate(processes) if process is not None]

    def fetch(self, connection: Connection, values: dict[str, Any]) -> Iterable[Any]:
        """Its rows, as Python values."""
        named = self._fixed | values
        given = named if self._order is None else tuple([named[name] for name in self._order])
        found = quick(connection, self._sql, given)
        return map(self._processed, found) if self._processes else found

    def _processed(self, row: Any) -> list[Any]:
        values = list(row)
        for at, process in self._processes:
            values[at] = process(values[at])
        return values
