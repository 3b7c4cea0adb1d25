"""Sessions and devices: tokens are random, shown once, and kept only as keyed digests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from vestibule import text
from vestibule.access import policy
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.access.validity import refusal
from vestibule.models import Strength
from vestibule.store.clock import MINUTE
from vestibule.store.engine import Transaction
from vestibule.store.schema import client, device, session

LIFE = 12 * 60 * MINUTE
FRESH = 5 * MINUTE
"""How long an act that needs re-authentication may follow it."""
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Opened:
    """A session just opened; the token is shown once and never again."""

    token: str
    client_id: str
    strength: Strength
    expires_at: int
    device_token: str | None = None
    recovery_code: str | None = None

    def __repr__(self) -> str:
        return f"Opened(client_id={self.client_id!r}, ••••)"


def open_session(
    tx: Transaction,
    client_id: str,
    *,
    device_id: str | None,
    fresh: bool,
    strength: Strength = Strength.PASSWORD,
    expires_at: int | None = None,
) -> Opened:
    """Open a session; ``fresh`` when the person has just proven who they are.

    ``strength`` is what was proven; where more is asked for, the session may only enrol.
    """
    token = "vs_" + secrets.token_urlsafe(_TOKEN_BYTES)
    expires = expires_at or tx.now + LIFE
    row = {
        "id": secrets.token_hex(8),
        "client_id": client_id,
        "device_id": device_id,
        "digest": _digest(tx, token),
        "strength": strength.value,
        "created_at": tx.now,
        "expires_at": expires,
        "fresh_until": tx.now + FRESH if fresh else 0,
    }
    tx.connection.execute(session.insert().values(**row))
    missing = _must_enrol(tx, client_id)
    return Opened(token, client_id, Strength.ENROLMENT if missing else strength, expires)


def _must_enrol(tx: Transaction, client_id: str) -> bool:
    asked = select(policy.asked & (client.c.factors == 0)).where(client.c.id == client_id)
    return tx.connection.execute(asked).scalar_one()


def find(tx: Transaction, token: str) -> Any:
    """The session's row with its client's columns.

    Raises Refused: ``session_ended``, the reason why the client may no longer come in, or
    ``second_factor_needed`` when one was set up after a session that was opened without.
    """
    query = (
        select(client, session.c.id.label("session_id"), session.c.device_id, session.c.strength)
        .add_columns(session.c.expires_at.label("session_expires_at"), session.c.fresh_until)
        .add_columns(policy.asked.label("asked"))
        .join_from(session, client)
        .where(session.c.digest == _digest(tx, token), session.c.expires_at > tx.now)
    )
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        raise Refused("session_ended")
    why_not = refusal(row, tx.now)
    if why_not is not None:
        raise why_not
    if row.factors and row.strength != Strength.TWO_FACTOR.value:
        raise Refused("second_factor_needed")
    return row


def principal(tx: Transaction, row: Any, source: str) -> Principal:
    """Who stands behind a session's row."""
    return Principal(
        actor=row.id,
        source=source,
        client_id=row.id,
        session_id=row.session_id,
        admin=row.admin,
        service=row.service,
        fresh=row.fresh_until > tx.now,
        enrolling=row.asked and not row.factors,
    )


def renew(tx: Transaction, session_id: str, proven: Strength | None = None) -> Opened:
    """Replace a session after re-authentication: a new token, the old one dies (ASVS 7.2.4).

    ``proven`` is what it is worth now, if more than before.
    """
    ended = delete(session).where(session.c.id == session_id)
    row = tx.connection.execute(
        ended.returning(session.c.client_id, session.c.device_id, session.c.expires_at, session.c.strength)
    ).one_or_none()
    if row is None:
        raise Refused("session_ended")
    return open_session(
        tx,
        row.client_id,
        device_id=row.device_id,
        fresh=True,
        strength=proven or Strength(row.strength),
        expires_at=row.expires_at,
    )


def end(tx: Transaction, session_id: str) -> None:
    """End one session."""
    tx.connection.execute(delete(session).where(session.c.id == session_id))


def end_all(tx: Transaction, client_id: str, keep: str | None = None) -> None:
    """End the client's sessions, but for ``keep``."""
    ended = delete(session).where(session.c.client_id == client_id)
    tx.connection.execute(ended.where(session.c.id != keep) if keep else ended)


def forget_devices(tx: Transaction, client_id: str) -> None:
    """The client's devices sign in by themselves no more."""
    tx.connection.execute(delete(device).where(device.c.client_id == client_id))


def bind_device(tx: Transaction, client_id: str, name: str) -> tuple[str, str]:
    """Remember a device of the client; returns its id and its token."""
    token = "vd_" + secrets.token_urlsafe(_TOKEN_BYTES)
    device_id = secrets.token_hex(8)
    row: dict[str, Any] = {"id": device_id, "client_id": client_id, "name": text.normal(name) or "?"}
    row |= {"digest": _digest(tx, token), "created_at": tx.now, "last_seen_at": tx.now}
    tx.connection.execute(device.insert().values(**row))
    return device_id, token


def seen_device(tx: Transaction, token: str) -> Any:
    """The device's row with its client's id, marked as seen. Raises Refused ``device_unknown``."""
    seen = update(device).where(device.c.digest == _digest(tx, token)).values(last_seen_at=tx.now)
    row = tx.connection.execute(seen.returning(device.c.id, device.c.client_id)).one_or_none()
    if row is None:
        raise Refused("device_unknown")
    return row


def _digest(tx: Transaction, token: str) -> bytes:
    return tx.vault.digest("token", token.encode())
