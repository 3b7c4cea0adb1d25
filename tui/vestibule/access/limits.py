"""How long a session lasts: unused, and altogether (SP 800-63B-4 §2.2.3, §5.2).

Judged by the clock where a session is looked at: nothing has to run in time for it to end in time.
"""

from __future__ import annotations

from typing import Final

from msgspec import UNSET
from sqlalchemy import BigInteger, ColumnElement, and_, case, delete, literal, not_, select, update

from vestibule.access import audit, holding
from vestibule.access.principal import Principal
from vestibule.device_models import Limits, LimitsChange
from vestibule.store.clock import DAY, MINUTE, NEVER
from vestibule.store.engine import Transaction
from vestibule.store.prepared import Prepared
from vestibule.store.schema import client, limits, session

HOUR = 60 * MINUTE
NAMES: Final = ("admin_idle_minutes", "idle_minutes", "session_hours")
KEPT = 7 * DAY
"""How long a session that is over is kept, so that whoever comes back to it is told why it ended."""


def _in_force(name: str) -> ColumnElement[int]:
    return select(limits.c[name]).scalar_subquery()


_idle = case((client.c.admin, _in_force("admin_idle_minutes")), else_=_in_force("idle_minutes")) * MINUTE
idle_end: ColumnElement[int] = case((_idle == 0, literal(NEVER, BigInteger)), else_=session.c.seen_at + _idle)
"""When a session (joined with its client) ends unless it is used."""

_all = Prepared(select(limits))


def is_open(now: int) -> ColumnElement[bool]:
    """Whether neither limit has ended a session (joined with its client)."""
    return and_(session.c.expires_at > now, idle_end > now)


def in_force(tx: Transaction) -> Limits:
    """The limits."""
    row = _all.first(tx.connection)
    return Limits(**{name: getattr(row, name) for name in NAMES})


def latest_end(tx: Transaction) -> int:
    """When a session that begins now ends at the latest."""
    return tx.now + in_force(tx).session_hours * HOUR


def change(tx: Transaction, who: Principal, wanted: LimitsChange) -> Limits:
    """Change limits; a shorter one holds for sessions that are open too, a longer life for new ones.

    Raises Refused: ``admin_needed``, ``reauthentication_needed``.
    """
    who.need_admin()
    who.need_fresh()
    holding.hold_clients(tx, select(session.c.client_id))
    before = in_force(tx)
    new = {name: getattr(wanted, name) for name in NAMES if getattr(wanted, name) is not UNSET}
    changed = {name: value for name, value in new.items() if getattr(before, name) != value}
    if changed:
        forget_over(tx)
        tx.connection.execute(update(limits).values(**changed))
        if "session_hours" in changed:
            _shorten(tx, changed["session_hours"] * HOUR)
        detail = {name: [getattr(before, name), value] for name, value in changed.items()}
        audit.record(tx, who, "limits.changed", detail=detail)
    return in_force(tx)


def _shorten(tx: Transaction, life: int) -> None:
    end = session.c.created_at + life
    tx.connection.execute(update(session).where(session.c.expires_at > end).values(expires_at=end))


def forget_over(tx: Transaction, client_id: str | None = None) -> None:
    """Forget sessions that are over, of one client or of all.

    Before other limits hold for them: what has ended must not come back to life.
    """
    over = select(session.c.id).join_from(session, client).where(not_(is_open(tx.now)))
    mine = over if client_id is None else over.where(client.c.id == client_id)
    tx.connection.execute(delete(session).where(session.c.id.in_(mine)))


def late(tx: Transaction) -> ColumnElement[bool]:
    """Sessions that have been over for so long that nobody asks any more."""
    return session.c.expires_at <= tx.now - KEPT
