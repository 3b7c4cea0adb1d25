"""What a person may do about their own access."""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from vestibule.access import audit, clients, passwords, sessions, throttle
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.access.settings import setting
from vestibule.models import Me, Strength
from vestibule.store.clock import to_datetime
from vestibule.store.engine import Store, Transaction
from vestibule.store.prepared import Prepared
from vestibule.store.schema import client, session

_session = Prepared(select(session).where(session.c.id == bindparam("id")))


def describe(tx: Transaction, session_id: str) -> Me:
    """The client behind a session, and the session."""
    row = _session.first(tx.connection, id=session_id)
    found = clients.find(tx, row.client_id)
    missing = found.asked and not found.factors
    return Me(
        client=clients.own(tx, found),
        strength=Strength.ENROLMENT if missing else Strength(row.strength),
        expires_at=to_datetime(row.expires_at),
        fresh_until=to_datetime(row.fresh_until) if row.fresh_until > tx.now else None,
        has_password=found.password_hash is not None,
    )


def change_password(store: Store, who: Principal, current: str | None, new: str) -> None:
    """Set one's own password; all other sessions end.

    Raises Refused when the current password is wrong, or the new one is not good enough. Whoever
    has none yet sets the first one without.
    """
    key = f"reauth:{who.client_id}"
    with store.write() as tx:
        throttle.charge(tx, key)
    with store.read() as tx:
        row = tx.connection.execute(select(client).where(client.c.id == who.client_id)).one()
        context = [row.name, row.username or "", setting(tx, "system_name")]
    if row.password_hash is not None and not passwords.matches(current or "", row.password_hash):
        with store.write() as tx:
            audit.record(tx, who, "password.changed", who.client_id, "password_wrong")
        raise Refused("password_wrong", field="current")
    passwords.check_new(new, context)
    hashed = passwords.hash_new(new)
    with store.write() as tx:
        sessions.still_stands(tx, who)
        same = (client.c.id == row.id) & client.c.password_hash.is_not_distinct_from(row.password_hash)
        changed = update(client).where(same).values(password_hash=hashed).returning(client.c.id)
        if tx.connection.execute(changed).first() is None:
            raise Refused("session_ended")
        throttle.forgive(tx, key)
        sessions.end_all(tx, row.id, keep=who.session_id)
        audit.record(tx, who, "password.changed", row.id)
