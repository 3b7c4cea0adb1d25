"""Sessions: their tokens are random, shown once, and kept only as keyed digests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from vestibule.access import devices, holding, limits, policy
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.access.validity import NEEDED, refusal
from vestibule.models import Strength
from vestibule.store.clock import MINUTE, to_datetime
from vestibule.store.engine import Transaction
from vestibule.store.prepared import Prepared
from vestibule.store.schema import client, session

FRESH = 5 * MINUTE
"""How long an act that needs re-authentication may follow it."""
_TOKEN_BYTES = 32
_insert = session.insert()
_enrolling = Prepared(
    select((policy.asked & (client.c.factors == 0)).label("must_enrol")).where(
        client.c.id == bindparam("client_id")
    )
)


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
    who: Principal,
    client_id: str,
    *,
    device_id: str | None,
    fresh: bool,
    strength: Strength = Strength.PASSWORD,
) -> Opened:
    """Open a session for who asks; ``fresh`` when the person has just proven who they are.

    ``strength`` is what was proven; where more is asked for, the session may only enrol. Raises
    Refused ``device_unknown`` when the device was ended meanwhile.
    """
    if device_id is not None:
        devices.mark(tx, device_id, who.source)
    token = _new_token()
    expires = limits.latest_end(tx)
    row = {
        "id": secrets.token_hex(8),
        "client_id": client_id,
        "device_id": device_id,
        "digest": _digest(tx, token),
        "strength": strength.value,
        "created_at": tx.now,
        "expires_at": expires,
        "fresh_until": tx.now + FRESH if fresh else 0,
        "source": who.source,
        "seen_at": tx.now,
    }
    tx.connection.execute(_insert, row)
    return Opened(token, client_id, _worth(tx, client_id, strength), expires)


def _worth(tx: Transaction, client_id: str, proven: Strength) -> Strength:
    row = _enrolling.first(tx.connection, client_id=client_id)
    return Strength.ENROLMENT if row.must_enrol else proven


# --- who asks ---------------------------------------------------------------------------------


_standing = (
    select(
        client.c.id,
        client.c.admin,
        client.c.service,
        client.c.factors,
        *(client.c[name] for name in NEEDED),
        session.c.id.label("session_id"),
        session.c.strength,
        session.c.fresh_until,
        session.c.seen_at,
        session.c.expires_at.label("session_end"),
        limits.idle_end.label("idle_end"),
        policy.asked.label("asked"),
    )
    .join_from(session, client)
)  # fmt: skip
_by_digest = Prepared(_standing.where(session.c.digest == bindparam("digest")))
_by_id = Prepared(_standing.where(session.c.id == bindparam("id")))


def find(tx: Transaction, token: str) -> Any:
    """The row of the session with this token, with what judges it. Raises Refused ``session_ended``."""
    row = _by_digest.first(tx.connection, digest=_digest(tx, token))
    if row is None:
        raise Refused("session_ended")
    return row


def recognised(tx: Transaction, token: str, asking: Principal) -> Principal:
    """Who stands behind the session of ``token``. Raises Refused as :func:`find` and :func:`judged` do."""
    return judged(find(tx, token), tx.now, asking)


def still_stands(tx: Transaction, who: Principal) -> None:
    """For a deciding transaction that comes after ``who`` was recognised: time has passed since.

    Raises Refused as :func:`recognised` does, and when rights that ``who`` had are gone.
    """
    if who.session_id is None:
        return
    row = _by_id.first(tx.connection, id=who.session_id)
    if row is None:
        raise Refused("session_ended")
    now = judged(row, tx.now, who)
    if who.admin:
        now.need_admin()
    if not who.enrolling:
        now.need_more_than_enrolment()


def judged(row: Any, now: int, asking: Principal) -> Principal:
    """Who stands behind the session of ``row`` at ``now``; ``asking`` says from where and by which path.

    Raises Refused: ``session_over`` and ``session_idle`` when a limit has ended it, the reason why its client
    may no longer come in, or ``second_factor_needed`` when one was set up after a session that was opened
    without.
    """
    why_not = _over(row, now) or refusal(row, now, asking.path)
    if why_not is not None:
        raise why_not
    if row.factors and row.strength != Strength.TWO_FACTOR.value:
        raise Refused("second_factor_needed")
    return Principal(
        actor=row.id,
        source=asking.source,
        path=asking.path,
        client_id=row.id,
        session_id=row.session_id,
        admin=row.admin,
        service=row.service,
        fresh=row.fresh_until > now,
        enrolling=row.asked and not row.factors,
        seen_at=row.seen_at,
        ends_at=min(row.session_end, row.idle_end),
    )


def _over(row: Any, now: int) -> Refused | None:
    """Which limit has ended a session, the one that came first."""
    end = min(row.session_end, row.idle_end)
    if end > now:
        return None
    code = "session_idle" if row.idle_end < row.session_end else "session_over"
    return Refused(code, at=to_datetime(end))


def used(tx: Transaction, session_id: str, at: int) -> None:
    """Note that a session was used at the moment ``at``, at which it stood; its device too."""
    _hold_client(tx, session_id)
    earlier = (session.c.id == session_id) & (session.c.seen_at < at)
    noted = update(session).where(earlier).values(seen_at=at).returning(session.c.device_id)
    device_id = tx.connection.execute(noted).scalar_one_or_none()
    if device_id is not None:
        devices.seen(tx, device_id, at)


# --- again, and the end -----------------------------------------------------------------------


def renew(tx: Transaction, session_id: str, proven: Strength | None = None) -> Opened:
    """Give a session another token after re-authentication; the old one dies (ASVS 7.2.4).

    ``proven`` is what it is worth now, if more than before. Its end stays. Raises Refused ``session_ended``.
    """
    _hold_client(tx, session_id)
    token = _new_token()
    columns = {"digest": _digest(tx, token), "fresh_until": tx.now + FRESH, "seen_at": tx.now}
    columns |= {"strength": proven.value} if proven else {}
    renewed = update(session).where(session.c.id == session_id).values(**columns)
    row = tx.connection.execute(
        renewed.returning(session.c.client_id, session.c.strength, session.c.expires_at)
    ).one_or_none()
    if row is None:
        raise Refused("session_ended")
    worth = _worth(tx, row.client_id, Strength(row.strength))
    return Opened(token, row.client_id, worth, row.expires_at)


def end(tx: Transaction, session_id: str) -> None:
    """End one session."""
    tx.connection.execute(delete(session).where(session.c.id == session_id))


def end_all(tx: Transaction, client_id: str, keep: str | None = None) -> None:
    """End the client's sessions, but for ``keep``."""
    ended = delete(session).where(session.c.client_id == client_id)
    tx.connection.execute(ended.where(session.c.id != keep) if keep else ended)


def _hold_client(tx: Transaction, session_id: str) -> None:
    holding.hold_clients(tx, select(session.c.client_id).where(session.c.id == session_id))


def _new_token() -> str:
    return "vs_" + secrets.token_urlsafe(_TOKEN_BYTES)


def _digest(tx: Transaction, token: str) -> bytes:
    return tx.vault.digest("token", token.encode())
