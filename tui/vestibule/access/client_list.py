"""The client list by pages: after a cursor for whoever reads on, or at a position for a screen."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from enum import Enum, auto
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, Text, bindparam, func, select, tuple_

from vestibule import text
from vestibule.access import client_view, codes
from vestibule.access.client_view import SHOWN, view
from vestibule.access.refused import Refused
from vestibule.access.standing import code_columns, joined
from vestibule.models import ClientPage, Sort
from vestibule.store.clock import NEVER
from vestibule.store.engine import Transaction
from vestibule.store.prepared import Prepared
from vestibule.store.schema import client

_ESCAPE: Final = "/"
_ORDERS: dict[Sort, tuple[ColumnElement[Any], ...]] = {
    Sort.STATE: (client.c.rank, client.c.name_key, client.c.id),
    Sort.NAME: (client.c.name_key, client.c.id),
    Sort.EXPIRY: (client.c.ends_at, client.c.id),
}


def page(
    tx: Transaction,
    links: str,
    *,
    filter_text: str = "",
    sort: Sort = Sort.STATE,
    limit: int = 50,
    cursor: str | None = None,
    at: int = 0,
    admins: bool = False,
) -> ClientPage:
    """Up to ``limit`` clients after ``cursor``, or from position ``at``; ``admins`` leaves out the others.

    Raises Refused ``cursor_invalid`` for a cursor this order did not give.
    """
    kind, values = _sought(tx, filter_text)
    if cursor is not None:
        at, after = _read(cursor, sort)
        values |= {f"after_{place}": value for place, value in enumerate(after)}
    else:
        values["offset"] = at
    asked = _page(sort, kind, admins, cursor is not None)
    rows = asked.all(tx.connection, limit=limit + 1, **values)
    total = rows[0].total if rows else _count(kind, admins).first(tx.connection, **values).total
    shown = rows[:limit]
    return ClientPage(
        clients=[view(tx, row, links) for row in shown],
        next=_write(sort, at + limit, shown[-1]) if len(rows) > limit else None,
        total=total,
        at=at,
    )


def holds_until(page: ClientPage, now: int) -> int:
    """The last moment at which a page made ``now`` is the same if nobody writes."""
    return min((client_view.holds_until(seen, now) for seen in page.clients), default=NEVER)


class _Kind(Enum):
    """How clients are looked for."""

    ALL = auto()
    CODE = auto()
    TEXT = auto()


_CONDITIONS: dict[_Kind, tuple[ColumnElement[bool], ...]] = {
    _Kind.ALL: (),
    _Kind.CODE: (client.c.id == bindparam("owner"),),
    _Kind.TEXT: (client.c.search.like(bindparam("pattern", type_=Text), escape=_ESCAPE),),
}


def _sought(tx: Transaction, filter_text: str) -> tuple[_Kind, dict[str, Any]]:
    """Clients that ``filter_text`` finds: by any visible text, or by a whole code."""
    if not filter_text:
        return _Kind.ALL, {}
    with suppress(Refused):
        owner = codes.owner(tx, codes.normal(filter_text))
        if owner is not None:
            return _Kind.CODE, {"owner": owner}
    needle = text.name_key(text.normal(filter_text))
    for special in (_ESCAPE, "%", "_"):
        needle = needle.replace(special, _ESCAPE + special)
    return (_Kind.TEXT, {"pattern": f"%{needle}%"}) if needle else (_Kind.ALL, {})


def matching(tx: Transaction, filter_text: str) -> Select[Any] | None:
    """The ids of those that ``filter_text`` finds, for another question; None for everybody."""
    kind, values = _sought(tx, filter_text)
    # Each has values of its own: several may stand in one question.
    if kind is _Kind.CODE:
        return select(client.c.id).where(client.c.id == values["owner"])
    if kind is _Kind.TEXT:
        return select(client.c.id).where(client.c.search.like(values["pattern"], escape=_ESCAPE))
    return None


@cache
def _count(kind: _Kind, admins: bool) -> Prepared:
    return Prepared(_counted(kind, admins))


def _counted(kind: _Kind, admins: bool) -> Select[Any]:
    # Of another name than the client of the page, which counting has nothing to do with.
    count = select(func.count().label("total")).select_from(client).where(*_CONDITIONS[kind])
    return count.where(client.c.admin) if admins else count


@cache
def _page(sort: Sort, kind: _Kind, admins: bool, goes_on: bool) -> Prepared:
    """Ids first: those that are passed over are found by an index alone."""
    order = _ORDERS[sort]
    ids = (
        select(client.c.id)
        .where(*_CONDITIONS[kind])
        .order_by(*order)
        .limit(bindparam("limit", type_=Integer))
    )
    if admins:
        ids = ids.where(client.c.admin)
    if goes_on:
        after = [bindparam(f"after_{place}", type_=column.type) for place, column in enumerate(order)]
        ids = ids.where(tuple_(*order) > tuple_(*after))
    else:
        ids = ids.offset(bindparam("offset", type_=Integer))
    total = _counted(kind, admins).correlate(None).scalar_subquery().label("total")
    shown = select(*SHOWN, client.c.name_key, client.c.rank, client.c.ends_at, *code_columns, total)
    found = shown.select_from(joined).where(client.c.id.in_(ids.correlate(None)))
    return Prepared(found.order_by(*order))


def _write(sort: Sort, at: int, row: Any) -> str:
    values = [sort.value, at, *(getattr(row, column.key or "") for column in _ORDERS[sort])]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def _read(cursor: str, sort: Sort) -> tuple[int, list[str | int]]:
    try:
        written_sort, at, *values = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError):
        raise Refused("cursor_invalid", field="cursor") from None
    order = _ORDERS[sort]
    shapes = [column.type.python_type for column in order]
    if written_sort != sort or not isinstance(at, int) or [type(value) for value in values] != shapes:
        raise Refused("cursor_invalid", field="cursor")
    if any(isinstance(value, int) and abs(value) > NEVER for value in values):
        raise Refused("cursor_invalid", field="cursor")
    return at, values
