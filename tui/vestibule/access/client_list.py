"""The client list by pages: after a cursor for whoever reads on, or at a position for a screen."""

from __future__ import annotations

import base64
import json
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_

from vestibule.access.clients import matching, view
from vestibule.access.refused import Refused
from vestibule.access.standing import code_columns, joined
from vestibule.models import ClientPage, Sort
from vestibule.store.clock import NEVER
from vestibule.store.engine import Transaction
from vestibule.store.schema import client

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
    order = _ORDERS[sort]
    condition = matching(tx, filter_text) if filter_text else None
    ids = select(client.c.id).order_by(*order).limit(limit + 1)
    count = select(func.count()).select_from(client)
    if condition is not None:
        ids, count = ids.where(condition), count.where(condition)
    if admins:
        ids, count = ids.where(client.c.admin), count.where(client.c.admin)
    if cursor is not None:
        at, values = _read(cursor, sort)
        ids = ids.where(tuple_(*order) > tuple_(*values))
    else:
        ids = ids.offset(at)
    found = tx.connection.execute(ids).scalars().all()
    query = select(client, *code_columns).select_from(joined).where(client.c.id.in_(found[:limit]))
    rows = tx.connection.execute(query.order_by(*order)).all()
    total = tx.connection.execute(count).scalar_one()
    following = _write(sort, at + limit, rows[-1]) if len(found) > limit else None
    return ClientPage(clients=[view(tx, row, links) for row in rows], next=following, total=total, at=at)


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
