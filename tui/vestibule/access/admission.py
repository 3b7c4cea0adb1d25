"""Letting a client in: whether it may now, and what is noted when it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select, update

from vestibule.access import audit, holding, policy
from vestibule.access.attempts import audited
from vestibule.access.client_fields import search_columns
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.access.standing import settle
from vestibule.access.validity import refusal
from vestibule.store.engine import Transaction
from vestibule.store.prepared import Prepared
from vestibule.store.schema import client

_one = Prepared(select(client, policy.asked.label("asked")).where(client.c.id == bindparam("client_id")))


def admitted(tx: Transaction, client_id: str, asking: Principal) -> Any:
    """The client's row, held and with ``asked``. Raises Refused with the reason why it may not come in now.

    ``asking`` says from where and by which path.
    """
    holding.hold_client(tx, client_id)
    row = _one.first(tx.connection, client_id=client_id)
    if row is None:
        raise Refused("device_unknown")
    why_not = refusal(row, tx.now, asking.path)
    if why_not is not None:
        why_not.audited = audited(client_id, why_not.code)
        raise why_not
    return row


def note_opened(tx: Transaction, who: Principal, client_id: str, detail: Mapping[str, Any]) -> None:
    """Put a session on record that ``who`` has opened, with the path it came by."""
    opened = {**detail, "path": who.path.value}
    audit.record(tx, replace(who, actor=client_id), "session.opened", client_id, detail=opened)


def note_login(tx: Transaction, row: Any, name: str) -> None:
    """Remember the login; the first one turns the code into ``name``."""
    columns: dict[str, Any] = {"last_login_at": tx.now, "name": name}
    columns |= search_columns(columns, row)
    if row.first_login_at is None:
        columns["first_login_at"] = tx.now
    tx.connection.execute(update(client).where(client.c.id == row.id).values(**columns))
    settle(tx, row.id)
