"""Who writes waits for whom, where several write at once; SQLite lets one write at a time anyway.

A rule that reads before it writes holds what it read. So that nobody waits in a circle, everybody takes
what it needs in this order:

1. the site's row,
2. the turn ``project`` (versions and packages),
3. the client's row, before anything that belongs to the client,
4. the turns ``admins`` and ``outbox``, or in a cloud that of one of its sites,
5. the head of the audit, at the end of the transaction.

Whoever works through many clients skips those that others hold, and comes again.
"""

from __future__ import annotations

from sqlalchemy import Select, bindparam, select

from vestibule.store import dialect
from vestibule.store.engine import Transaction
from vestibule.store.schema import client

_one = select(client.c.id).where(client.c.id == bindparam("id"))


def hold_client(tx: Transaction, client_id: str | None) -> None:
    """Nobody else changes the client, or what is its own, until this transaction has ended."""
    dialect.hold(tx.connection, _one, id=client_id)


def hold_clients(tx: Transaction, ids: Select[tuple[str]]) -> None:
    """The same of all clients whose ``ids`` these are, one after the other."""
    dialect.hold(tx.connection, select(client.c.id).where(client.c.id.in_(ids)).order_by(client.c.id))


def turn(tx: Transaction, name: str) -> None:
    """Wait for the turn ``name``, in the order above."""
    dialect.turn(tx.connection, name)
