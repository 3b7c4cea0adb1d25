"""One code of one factor: counted first, then judged, then taken so that nobody can take it again."""

from __future__ import annotations

from sqlalchemy import select, update

from vestibule.access import recovery, sms_codes, totp
from vestibule.access.refused import Refused
from vestibule.models import FactorKind
from vestibule.store.clock import SECOND
from vestibule.store.engine import Transaction
from vestibule.store.schema import factor
from vestibule.two_factor_models import Method


def normal(method: Method, typed: str) -> str:
    """What ``typed`` means as a code of ``method``. Raises Refused when it cannot be one."""
    return recovery.normal(typed) if method is Method.RECOVERY else totp.digits(typed)


def key(client_id: str, method: Method) -> str:
    """Where wrong codes are counted: for each factor of its own, across all logins (RFC 4226 §7.3)."""
    return f"factor:{method.value}:{client_id}"


def spend(tx: Transaction, client_id: str, method: Method, plain: str, owner: str) -> None:
    """Take a code, once. ``owner`` is the login, or the act, that a sent code must be for.

    Raises Refused with the reason; the attempt was counted before (design §7 rule 2).
    """
    if method is Method.APP:
        _spend_step(tx, client_id, plain)
    elif method is Method.SMS:
        sms_codes.spend(tx, owner, plain)
    else:
        recovery.spend(tx, client_id, plain)


def _spend_step(tx: Transaction, client_id: str, plain: str) -> None:
    mine = (factor.c.client_id == client_id) & (factor.c.kind == FactorKind.APP.value)
    row = tx.connection.execute(select(factor).where(mine)).one_or_none()
    if row is None:
        raise Refused("factor_unknown")
    step = totp.step_of(tx.vault.open(vault_row(client_id), row.vaulted), plain, tx.now, row.last_step)
    if step == row.told_step:
        raise Refused("factor_code_used", field="code")
    taken = update(factor).where(mine, factor.c.last_step < step).values(last_step=step)
    if tx.connection.execute(taken.returning(factor.c.last_step)).first() is None:
        raise Refused("factor_code_used", field="code")


def remember_told(tx: Transaction, client_id: str, seconds: int) -> None:
    """Somebody was told that a code is right ``seconds`` from now: it will not be taken then.

    Otherwise guesses at the codes to come would pay.
    """
    if seconds > 0:
        mine = (factor.c.client_id == client_id) & (factor.c.kind == FactorKind.APP.value)
        step = (tx.now + seconds * SECOND) // totp.STEP
        tx.connection.execute(update(factor).where(mine).values(told_step=step))


def vault_row(client_id: str) -> str:
    """The associated data of an app factor's secret."""
    return f"factor:vaulted:{client_id}"
