"""Forgiving wrong attempts before their time: on the server's own console only."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, or_, select, true

from vestibule.access import audit, signin
from vestibule.access.principal import console
from vestibule.access.throttle import LAST_ATTEMPT
from vestibule.store import dialect
from vestibule.store.engine import Transaction
from vestibule.store.schema import client, throttle


def forgive(tx: Transaction, client_id: str | None) -> tuple[int, bool]:
    """Forget the counts of a client, or all: how many there were, and whether a factor stays disabled.

    Counts of one-time codes are kept by place, so they are forgotten with all only. What 100 wrong codes have
    disabled is bound anew, never revived (SP 800-63B-4 §3.2.2).
    """
    dialect.alone_with(tx.connection, throttle)
    mine = true() if client_id is None else _of(tx, client_id)
    disabled = throttle.c.key.startswith("factor:") & (throttle.c.failures >= LAST_ATTEMPT)
    gone = tx.connection.execute(delete(throttle).where(mine, ~disabled).returning(throttle.c.key)).all()
    left = tx.connection.execute(select(throttle.c.key).where(mine, disabled).limit(1)).first()
    audit.record(tx, console(), "attempts.forgiven", client_id, detail={"counts": len(gone)})
    return len(gone), left is not None


def _of(tx: Transaction, client_id: str) -> ColumnElement[bool]:
    """Its factors, proofs and messages, and wrong passwords for its username from wherever."""
    found = [throttle.c.key.endswith(f":{client_id}", autoescape=True)]
    name = tx.connection.execute(select(client.c.username_key).where(client.c.id == client_id)).scalar_one()
    if name is not None:
        everywhere = signin.password_key(tx.vault, name)
        found += [throttle.c.key == everywhere, throttle.c.key.startswith(f"{everywhere}:", autoescape=True)]
    return or_(*found)
