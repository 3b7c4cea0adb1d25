"""Devices: what signs in by itself, with a token that is kept only as a keyed digest."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import delete, select, update

from vestibule import text
from vestibule.access.refused import Refused
from vestibule.store.engine import Transaction
from vestibule.store.schema import device

_TOKEN_BYTES = 32


def bind(tx: Transaction, client_id: str, name: str, source: str) -> tuple[str, str]:
    """Remember a device of the client, which signs in from ``source``; returns its id and its token."""
    token = "vd_" + secrets.token_urlsafe(_TOKEN_BYTES)
    device_id = secrets.token_hex(8)
    row: dict[str, Any] = {"id": device_id, "client_id": client_id, "name": text.normal(name) or "?"}
    row |= {"digest": _digest(tx, token), "created_at": tx.now, "last_seen_at": tx.now}
    row |= {"first_source": source, "last_source": source}
    tx.connection.execute(device.insert().values(**row))
    return device_id, token


def find(tx: Transaction, token: str) -> Any:
    """The device's row. Raises Refused ``device_unknown``."""
    row = tx.connection.execute(select(device).where(device.c.digest == _digest(tx, token))).one_or_none()
    if row is None:
        raise Refused("device_unknown")
    return row


def mark(tx: Transaction, device_id: str, source: str) -> None:
    """It signs in from ``source``. Raises Refused ``device_unknown`` when it was ended meanwhile."""
    seen_there = update(device).where(device.c.id == device_id)
    marked = seen_there.values(last_seen_at=tx.now, last_source=source).returning(device.c.id)
    if tx.connection.execute(marked).first() is None:
        raise Refused("device_unknown")


def seen(tx: Transaction, device_id: str, at: int) -> None:
    """Its session is used."""
    tx.connection.execute(update(device).where(device.c.id == device_id).values(last_seen_at=at))


def forget_all(tx: Transaction, client_id: str) -> None:
    """The client's devices sign in by themselves no more."""
    tx.connection.execute(delete(device).where(device.c.client_id == client_id))


def _digest(tx: Transaction, token: str) -> bytes:
    return tx.vault.digest("token", token.encode())
