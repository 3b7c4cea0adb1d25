"""Where a client stands: pending, active, expired or disabled, and when that changes by itself."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, select, update

from vestibule.access import audit, limits, policy
from vestibule.access.principal import server
from vestibule.models import State
from vestibule.store.clock import NEVER
from vestibule.store.dialect import delete_free
from vestibule.store.engine import Transaction
from vestibule.store.prepared import Prepared
from vestibule.store.schema import client, code, session

RANKS: Final = {State.PENDING: 0, State.ACTIVE: 1, State.EXPIRED: 2, State.DISABLED: 3}
_BATCH = 500

joined = client.outerjoin(code)
code_columns = (
    code.c.hint.label("code_hint"),
    code.c.vaulted.label("code_vaulted"),
    code.c.expires_at.label("code_expires_at"),
    code.c.used_at.label("code_used_at"),
    code.c.revoked_at.label("code_revoked_at"),
    policy.asked.label("asked"),
)
one = Prepared(select(client, *code_columns).select_from(joined).where(client.c.id == bindparam("client_id")))
"""A client's row with its code's columns."""
_settling = (
    update(client)
    .where(client.c.id == bindparam("settled"))
    .values(rank=bindparam("rank"), ends_at=bindparam("ends_at"))
)


def state(row: Any, now: int) -> State:
    """The state of a client's row (with its code's columns) at ``now``."""
    if not row.enabled:
        return State.DISABLED
    if row.valid_until is not None and now > row.valid_until:
        return State.EXPIRED
    if row.first_login_at is not None:
        return State.ACTIVE
    return State.EXPIRED if code_is_unspent(row) and now >= row.code_expires_at else State.PENDING


def code_is_unspent(row: Any) -> bool:
    """Whether there is a code that was neither used nor revoked (it may have expired)."""
    return row.code_expires_at is not None and row.code_used_at is None and row.code_revoked_at is None


def _end(row: Any) -> int:
    until = NEVER if row.valid_until is None else row.valid_until
    waiting = row.first_login_at is None and code_is_unspent(row)
    return min(until, row.code_expires_at) if waiting else until


def settle(tx: Transaction, client_id: str) -> None:
    """Write down the standing of a client, which the caller holds, after something about it changed."""
    row = one.first(tx.connection, client_id=client_id)
    values = {"settled": client_id, "rank": RANKS[state(row, tx.now)], "ends_at": _end(row)}
    tx.connection.execute(_settling, values)


def overdue(tx: Transaction) -> bool:
    """Whether the clock has changed somebody's standing and :func:`sweep` has work."""
    late_clients = select(client.c.id).where(client.c.ends_at < tx.now, client.c.rank < 2)
    late_codes = select(code.c.client_id).where(code.c.vaulted.is_not(None), code.c.expires_at <= tx.now)
    late_sessions = select(session.c.id).where(limits.late(tx))
    return any(
        tx.connection.execute(query.limit(1)).first() for query in (late_clients, late_codes, late_sessions)
    )


def sweep(tx: Transaction) -> None:
    """Do what the clock decided: forget expired codes and old sessions, settle expired clients.

    What somebody else holds is left for the next time.
    """
    delete_free(tx.connection, session, limits.late(tx))
    old = select(code.c.client_id).where(code.c.vaulted.is_not(None), code.c.expires_at <= tx.now)
    free = old.with_for_update(skip_locked=True)
    tx.connection.execute(update(code).where(code.c.client_id.in_(free)).values(vaulted=None))
    late = select(client.c.id).where(client.c.ends_at < tx.now, client.c.rank < 2).limit(_BATCH)
    held = late.with_for_update(skip_locked=True, key_share=True)
    for client_id in tx.connection.execute(held).scalars().all():
        settle(tx, client_id)
        audit.record(tx, server(), "client.expired", client_id)
