"""The codes that would still be taken, over all clients."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from vestibule.access import codes
from vestibule.access.refused import Refused
from vestibule.access.standing import code_columns
from vestibule.models import OutstandingCode, OutstandingCodes
from vestibule.store.clock import to_datetime
from vestibule.store.engine import Transaction
from vestibule.store.schema import client, code

_ORDER = (code.c.expires_at, code.c.client_id)


def page(tx: Transaction, limit: int = 500, cursor: str | None = None) -> OutstandingCodes:
    """Up to ``limit`` codes after ``cursor``, the first to end first.

    Raises Refused ``cursor_invalid``.
    """
    alive = _alive(tx)
    query = select(client, *code_columns).join_from(code, client).where(*alive).order_by(*_ORDER)
    if cursor is not None:
        query = query.where(tuple_(*_ORDER) > tuple_(*_read(cursor)))
    rows = tx.connection.execute(query.limit(limit + 1)).all()
    count = select(func.count()).select_from(code.join(client)).where(*alive)
    return OutstandingCodes(
        codes=[_view(tx, row) for row in rows[:limit]],
        next=f"{rows[limit - 1].code_expires_at}.{rows[limit - 1].id}" if len(rows) > limit else None,
        total=tx.connection.execute(count).scalar_one(),
    )


def _alive(tx: Transaction) -> tuple[ColumnElement[bool], ...]:
    """Neither used nor revoked nor over, of a client that is neither disabled nor ended.

    A client whose time or hours are still to come counts: its code may work before it ends.
    """
    return (
        code.c.vaulted.is_not(None),
        code.c.used_at.is_(None),
        code.c.revoked_at.is_(None),
        code.c.expires_at > tx.now,
        client.c.enabled,
        or_(client.c.valid_until.is_(None), client.c.valid_until >= tx.now),
    )


def _view(tx: Transaction, row: Any) -> OutstandingCode:
    seen = codes.view(tx, row, "")
    assert seen is not None, "the query asks for nothing else"
    return OutstandingCode(
        client_id=row.id,
        label=seen.code,
        name=row.name,
        profile=row.profile,
        expires_at=to_datetime(row.code_expires_at),
    )


def _read(cursor: str) -> tuple[int, str]:
    moment, _, client_id = cursor.partition(".")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 16):
        raise Refused("cursor_invalid", field="cursor")
    return int(moment), client_id
