"""Guesses: counted before they are looked at, in a transaction of their own, and every refusal audited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from vestibule.access import audit, sessions, throttle
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.store.engine import Store, Transaction

T = TypeVar("T")


def charge(
    store: Store,
    source: str,
    key: str,
    last: int | None = None,
    *,
    free: int = throttle.FREE_ATTEMPTS,
    action: str = "session.opened",
    subject: str | None = None,
) -> int:
    """Count an attempt under ``key`` and commit that. Returns the count; raises Refused as ``throttle``."""

    def decide(tx: Transaction) -> int:
        return throttle.charge(tx, key, last, free)

    return decided(store, Principal("-", source), decide, action=action, subject=subject, outcome="throttled")


def charge_both(
    store: Store, source: str, here: str, everywhere: str, *, action: str = "session.opened"
) -> None:
    """Count an attempt from one place and from all together, both or none. Raises Refused as ``throttle``.

    From one place five are free; from all places a hundred, so that no stranger can keep somebody out from
    afar. None ends for good: only waits grow.
    """

    def decide(tx: Transaction) -> None:
        throttle.charge(tx, here)
        throttle.charge(tx, everywhere, free=throttle.LAST_ATTEMPT)

    decided(store, Principal("-", source), decide, action=action, outcome="throttled")


def decided(
    store: Store,
    who: Principal,
    decide: Callable[[Transaction], T],
    *,
    action: str = "session.opened",
    subject: str | None = None,
    outcome: str = "",
) -> T:
    """Run ``decide`` in one transaction; a refusal undoes it and is audited in the next.

    A session that has ended since ``who`` was recognised decides nothing any more. The audit says what
    the refusal brings along, else ``action``, ``subject`` and ``outcome`` or its code.
    """
    try:
        with store.write() as tx:
            sessions.still_stands(tx, who)
            return decide(tx)
    except Refused as refused:
        columns = refused.audited or audited(subject, outcome or refused.code, action)
        if refused.version is not None:
            columns["detail"] = {"version": refused.version}
        with store.write() as tx:
            audit.record(tx, who, **columns)
        raise


def audited(subject: str | None, outcome: str, action: str = "session.opened") -> dict[str, Any]:
    """Columns of an audit row for a refusal."""
    return {"action": action, "subject": subject, "outcome": outcome}
