"""What a site that was restored must not take: whatever may have been used, ended or taken back since.

A backup knows nothing of what was decided after it. What could let somebody in who was kept out meanwhile is
void (design §7 rule 7); a new code, or a password, lets everybody in again who still may.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Table, delete, update

from vestibule.access import totp
from vestibule.access.standing import settle
from vestibule.store.clock import NEVER
from vestibule.store.dialect import larger
from vestibule.store.engine import Transaction
from vestibule.store.schema import (
    challenge,
    code,
    device,
    factor,
    factor_setup,
    recovery,
    session,
    sms,
    sms_code,
)
from vestibule.two_factor_models import Delivery


@dataclass(frozen=True)
class Voided:
    """How many there were."""

    sessions: int
    codes: int
    devices: int
    recovery_codes: int

    def detail(self) -> dict[str, int]:
        """For the record."""
        return asdict(self)


def void(tx: Transaction, *, unchanged: bool) -> Voided:
    """End what the backup cannot know to be good still.

    Always: sessions, logins under way, one-time codes, text messages that wait, and codes of
    authenticator apps of the last minute. Devices and recovery codes too, unless the site is
    ``unchanged`` since: then none of them was ended or used.
    """
    sessions = _all(tx, session)
    for table in (challenge, factor_setup, sms_code):
        _all(tx, table)
    _stop_messages(tx)
    _skip_steps(tx)
    return Voided(
        sessions=sessions,
        codes=_revoke_codes(tx),
        devices=0 if unchanged else _all(tx, device),
        recovery_codes=0 if unchanged else _all(tx, recovery),
    )


def _all(tx: Transaction, table: Table) -> int:
    return tx.connection.execute(delete(table)).rowcount


def _revoke_codes(tx: Transaction) -> int:
    outstanding: ColumnElement[bool] = code.c.used_at.is_(None) & code.c.revoked_at.is_(None)
    revoked = update(code).where(outstanding).values(revoked_at=tx.now, vaulted=None)
    clients = tx.connection.execute(revoked.returning(code.c.client_id)).scalars().all()
    for client_id in clients:
        settle(tx, client_id)
    return len(clients)


def _stop_messages(tx: Transaction) -> None:
    """They were sent already, or their time was over."""
    gone = {"delivery": Delivery.FAILED.value, "due_at": NEVER, "done_at": tx.now, "vaulted": None}
    tx.connection.execute(update(sms).where(sms.c.due_at < NEVER).values(**gone, reason="too late"))


def _skip_steps(tx: Transaction) -> None:
    """An app's codes of now may have been taken by the site as it was: the next one counts."""
    taken = tx.now // totp.STEP + totp.AROUND
    tx.connection.execute(update(factor).values(last_step=larger(factor.c.last_step, taken)))
