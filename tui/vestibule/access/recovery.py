"""The recovery code: 120 bits, shown once, standing in for one lost factor, replaced when used.

Kept as a keyed digest only: at this size nothing slower is needed (SP 800-63B-4 §3.1.2.2: 112 bits).
"""

from __future__ import annotations

from sqlalchemy import delete, select

from vestibule.access import crockford, throttle
from vestibule.access.refused import Refused
from vestibule.store.dialect import insert
from vestibule.store.engine import Transaction
from vestibule.store.schema import recovery

LENGTH = 24


def normal(typed: str) -> str:
    """The code meant by ``typed``. Raises Refused ``recovery_code_incomplete``; nobody has guessed then."""
    plain = crockford.normal(typed, LENGTH)
    if plain is None:
        raise Refused("recovery_code_incomplete", field="code")
    return plain


def make(tx: Transaction, client_id: str) -> str:
    """A new code for the client, as people read it; the old one is dead."""
    plain = crockford.new(LENGTH)
    row = {"digest": _digest(tx, client_id, plain), "created_at": tx.now}
    made = insert(tx.connection, recovery).values(client_id=client_id, **row)
    tx.connection.execute(made.on_conflict_do_update(index_elements=[recovery.c.client_id], set_=row))
    throttle.forgive(tx, key(client_id))
    return crockford.grouped(plain)


def make_first(tx: Transaction, client_id: str) -> str | None:
    """A code for a client that has none; None when it has one, which is never shown again."""
    return None if since(tx, client_id) else make(tx, client_id)


def key(client_id: str) -> str:
    """Where wrong recovery codes are counted."""
    return f"factor:recovery:{client_id}"


def spend(tx: Transaction, client_id: str, plain: str) -> None:
    """Use the code up. Raises Refused ``recovery_code_wrong``."""
    right = (recovery.c.client_id == client_id) & (recovery.c.digest == _digest(tx, client_id, plain))
    spent = tx.connection.execute(delete(recovery).where(right).returning(recovery.c.client_id))
    if spent.first() is None:
        raise Refused("recovery_code_wrong", field="code")


def since(tx: Transaction, client_id: str) -> int | None:
    """When the client's code was made; None without one."""
    query = select(recovery.c.created_at).where(recovery.c.client_id == client_id)
    return tx.connection.execute(query).scalar_one_or_none()


def forget(tx: Transaction, client_id: str) -> None:
    """Make the client's code useless."""
    tx.connection.execute(delete(recovery).where(recovery.c.client_id == client_id))


def _digest(tx: Transaction, client_id: str, plain: str) -> bytes:
    return tx.vault.digest("recovery", f"{client_id}:{plain}".encode())
