"""How many there are of what, for whoever watches over the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, text

from vestibule.access.standing import RANKS
from vestibule.models import State
from vestibule.store.engine import Store, Transaction
from vestibule.store.schema import client, session, sms

_SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


@dataclass(frozen=True)
class SiteNumbers:
    """``outbox_waiting``: text messages that the gateway has not taken yet."""

    clients: Mapping[State, int]
    sessions: int
    outbox_waiting: int
    database_bytes: int


def site_numbers(store: Store) -> SiteNumbers:
    """The numbers now. Raises StoreError when the database cannot be read."""
    with store.read() as tx:
        return SiteNumbers(_clients(tx), _sessions(tx), _waiting(tx), _size(tx))


def _clients(tx: Transaction) -> dict[State, int]:
    query = select(client.c.rank, func.count()).group_by(client.c.rank)
    found: dict[int, int] = dict(tx.connection.execute(query).tuples().all())
    return {state: found.get(rank, 0) for state, rank in RANKS.items()}


def _sessions(tx: Transaction) -> int:
    query = select(func.count()).select_from(session).where(session.c.expires_at > tx.now)
    return tx.connection.execute(query).scalar_one()


def _waiting(tx: Transaction) -> int:
    query = select(func.count()).select_from(sms).where(sms.c.vaulted.is_not(None), sms.c.handed_at.is_(None))
    return tx.connection.execute(query).scalar_one()


def _size(tx: Transaction) -> int:
    return int(tx.connection.execute(text(_SIZE[tx.connection.dialect.name])).scalar_one())
