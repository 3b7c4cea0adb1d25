"""Codes by text message: 6 digits, 10 minutes, one use, good for the one thing they were asked for."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import delete, select, update

from vestibule.access import holding, outbox, phones, sms_texts
from vestibule.access.outbox import Gateway
from vestibule.access.refused import Refused
from vestibule.store.clock import MINUTE, SECOND, to_datetime
from vestibule.store.dialect import delete_free, insert
from vestibule.store.engine import Transaction
from vestibule.store.schema import sms, sms_code, throttle
from vestibule.two_factor_models import Delivery, SmsCode, SmsPurpose

LIFE = 10 * MINUTE
"""SP 800-63B-4 §3.1.3.2."""
PAUSE = 30 * SECOND
"""Between two codes for one client."""
_DIGITS = 6


def send(
    tx: Transaction, gateway: Gateway | None, row: Any, phone: str, purpose: SmsPurpose, owner: str
) -> SmsCode:
    """Send the client of ``row`` a code that is good for ``owner`` only; the one before is dead.

    No count of wrong attempts is reset by it. Raises Refused: ``sms_too_soon`` and as ``outbox.queue``.
    """
    if gateway is None:
        raise Refused("sms_not_set_up")
    holding.hold_client(tx, row.id)
    _wait_a_little(tx, row.id)
    plain = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    language = sms_texts.language_of(tx, row.language)
    text = sms_texts.code(tx, language, gateway.settings, plain, LIFE // MINUTE)
    message_id = outbox.queue(tx, gateway, phone, purpose, text, LIFE // SECOND, row.id)
    tx.connection.execute(delete(sms_code).where(sms_code.c.owner == owner))
    kept = {"owner": owner, "client_id": row.id, "digest": _digest(tx, owner, plain)}
    kept |= {"sent_at": tx.now, "expires_at": tx.now + LIFE, "message_id": message_id}
    tx.connection.execute(sms_code.insert().values(**kept))
    return status(tx, owner)


def _wait_a_little(tx: Transaction, client_id: str) -> None:
    """One guarded statement, so that many at once send one."""
    key = f"sms:{client_id}"
    statement = insert(tx.connection, throttle).values(key=key, failures=0, blocked_until=tx.now + PAUSE)
    guarded = statement.on_conflict_do_update(
        index_elements=[throttle.c.key],
        set_={"blocked_until": tx.now + PAUSE},
        where=throttle.c.blocked_until <= tx.now,
    )
    if tx.connection.execute(guarded.returning(throttle.c.key)).first() is None:
        until = tx.connection.execute(
            select(throttle.c.blocked_until).where(throttle.c.key == key)
        ).scalar_one()
        raise Refused("sms_too_soon", retry_after=max(1, _seconds(until - tx.now)))


def status(tx: Transaction, owner: str) -> SmsCode:
    """How far the code for ``owner`` has come. Raises Refused ``sms_code_missing``."""
    query = select(sms_code, sms.c.phone, sms.c.delivery, sms.c.reason).outerjoin(
        sms, sms.c.id == sms_code.c.message_id
    )
    row = tx.connection.execute(query.where(sms_code.c.owner == owner)).one_or_none()
    if row is None:
        raise Refused("sms_code_missing")
    return SmsCode(
        phone=phones.masked(row.phone or ""),
        expires_at=to_datetime(row.expires_at),
        resend_in=max(0, _seconds(row.sent_at + PAUSE - tx.now)),
        delivery=Delivery(row.delivery or Delivery.QUEUED.value),
        reason=row.reason or "",
    )


def spend(tx: Transaction, owner: str, plain: str) -> None:
    """Use the code of ``owner`` up.

    Raises Refused: ``sms_code_missing``, ``factor_code_expired``, ``factor_code_used`` or
    ``factor_code_wrong``.
    """
    digest = _digest(tx, owner, plain)
    right = (sms_code.c.owner == owner) & (sms_code.c.digest == digest)
    alive = sms_code.c.used_at.is_(None) & (sms_code.c.expires_at > tx.now)
    spent = update(sms_code).where(right, alive).values(used_at=tx.now).returning(sms_code.c.owner)
    if tx.connection.execute(spent).first() is not None:
        return
    row = tx.connection.execute(select(sms_code).where(sms_code.c.owner == owner)).one_or_none()
    if row is None:
        raise Refused("sms_code_missing")
    if row.digest != digest:
        raise Refused("factor_code_wrong", field="code")
    raise Refused("factor_code_used" if row.used_at else "factor_code_expired", field="code")


def forget(tx: Transaction, client_id: str) -> None:
    """Make all codes sent to the client useless."""
    tx.connection.execute(delete(sms_code).where(sms_code.c.client_id == client_id))


def prune(tx: Transaction) -> None:
    """Forget codes that have long expired."""
    delete_free(tx.connection, sms_code, sms_code.c.expires_at < tx.now - LIFE)


def _digest(tx: Transaction, owner: str, plain: str) -> bytes:
    return tx.vault.digest("sms code", f"{owner}:{plain}".encode())


def _seconds(milliseconds: int) -> int:
    return -(-milliseconds // SECOND)
