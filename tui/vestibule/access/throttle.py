"""Counts of wrong attempts: charged before the attempt is looked at, across all sessions.

RFC 4226 §7.3: the limit must hold for parallel attempts too, so one guarded statement both asks
and counts. Five wrong in a row wait, each further one twice as long; a factor may carry a last
limit at which it is disabled (SP 800-63B-4 §3.2.2: 100).
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import BigInteger, ColumnElement, Executable, bindparam, case, delete, select

from vestibule.access.refused import Refused
from vestibule.store.clock import DAY, NEVER, SECOND
from vestibule.store.dialect import delete_free, insert_for
from vestibule.store.engine import Transaction
from vestibule.store.schema import throttle

FREE_ATTEMPTS = 5
LAST_ATTEMPT = 100
FIRST_WAIT = 30 * SECOND
LONGEST_WAIT = 3600 * SECOND
_DOUBLINGS = 7
_forgiving = delete(throttle).where(throttle.c.key == bindparam("key"))


def charge(tx: Transaction, key: str, last: int | None = None, free: int = FREE_ATTEMPTS) -> int:
    """Count one attempt under ``key`` and return how many are counted now; from ``free`` on one must wait.

    Raises Refused ``too_many_attempts`` while waiting, ``factor_disabled`` from ``last`` on; then
    nothing is counted. The caller commits before it looks at what was typed.
    """
    values = {"key": key, "now": tx.now, "free": free, "last": NEVER if last is None else last}
    failures: int | None = tx.connection.execute(_charging(tx.connection.dialect.name), values).scalar()
    if failures is None:
        raise _refusal(tx, key, last)
    return failures


@cache
def _charging(database: str) -> Executable:
    now, free, last = (bindparam(name, type_=BigInteger) for name in ("now", "free", "last"))
    counted = throttle.c.failures + 1
    until = case((counted < free, 0), else_=now + _wait(counted - free))
    allowed = (throttle.c.blocked_until <= now) & (throttle.c.failures < last)
    statement = insert_for(database, throttle).values(key=bindparam("key"), failures=1, blocked_until=0)
    return statement.on_conflict_do_update(
        index_elements=[throttle.c.key], set_={"failures": counted, "blocked_until": until}, where=allowed
    ).returning(throttle.c.failures)


def forgive(tx: Transaction, key: str) -> None:
    """Forget the count: the right answer was given."""
    tx.connection.execute(_forgiving, {"key": key})


def forgive_client(tx: Transaction, client_id: str) -> None:
    """Forget all counts of a client's factors, messages and proofs."""
    tx.connection.execute(delete(throttle).where(throttle.c.key.endswith(f":{client_id}", autoescape=True)))


def prune(tx: Transaction) -> None:
    """Forget what makes nobody wait and was not near any limit, a day after it did."""
    old = (throttle.c.blocked_until > 0) & (throttle.c.blocked_until < tx.now - DAY)
    delete_free(tx.connection, throttle, old, throttle.c.failures < FREE_ATTEMPTS)


def _refusal(tx: Transaction, key: str, last: int | None) -> Refused:
    row = tx.connection.execute(select(throttle).where(throttle.c.key == key)).one_or_none()
    if row is not None and last is not None and row.failures >= last:
        return Refused("factor_disabled")
    # Forgiven between the two statements, it is not to be waited for.
    seconds = -(-(row.blocked_until - tx.now) // SECOND) if row is not None else 0
    return Refused("too_many_attempts", retry_after=max(1, seconds))


def _wait(doublings: ColumnElement[int]) -> ColumnElement[int]:
    waits = [FIRST_WAIT * 2**n for n in range(_DOUBLINGS)]
    return case(*((doublings == n, wait) for n, wait in enumerate(waits)), else_=LONGEST_WAIT)
