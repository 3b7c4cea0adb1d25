"""How often something may be asked for: so many at once, then one each so many seconds.

Other than ``throttle``, which counts wrong attempts until the right one: here a right answer counts too, so
that nobody who knows one serial number can look for others. One moment per key is kept, up to which it has
spent (the generic cell rate algorithm, ITU-T I.371 annex A): nothing has to be counted down.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import BigInteger, Executable, bindparam, select

from vestibule.access.refused import Refused
from vestibule.store.clock import SECOND, wall_time
from vestibule.store.dialect import insert_for, larger
from vestibule.store.engine import Transaction
from vestibule.store.schema import throttle

_MOST = 100_000
"""Sources that a :class:`Meter` knows at a time."""


@dataclass(frozen=True)
class Rate:
    """``burst`` at once, then one each ``every`` milliseconds."""

    burst: int
    every: int


def charge(tx: Transaction, key: str, rate: Rate) -> None:
    """Spend one. Raises Refused ``too_many_attempts`` when there is none left; then nothing is spent."""
    most = tx.now + (rate.burst - 1) * rate.every
    values = {"key": key, "now": tx.now, "every": rate.every, "most": most}
    if tx.connection.execute(_charging(tx.connection.dialect.name), values).first() is None:
        until = select(throttle.c.blocked_until).where(throttle.c.key == key)
        wait = tx.connection.execute(until).scalar_one() - most
        raise Refused("too_many_attempts", retry_after=max(1, -(-wait // SECOND)))


@cache
def _charging(database: str) -> Executable:
    now, every, most = (bindparam(name, type_=BigInteger) for name in ("now", "every", "most"))
    spent = larger(throttle.c.blocked_until, now)
    statement = insert_for(database, throttle).values(
        key=bindparam("key"), failures=0, blocked_until=now + every
    )
    return statement.on_conflict_do_update(
        index_elements=[throttle.c.key],
        set_={"blocked_until": spent + every},
        where=throttle.c.blocked_until <= most,
    ).returning(throttle.c.key)


class Meter:
    """The same in this process's memory, for questions that cost nothing but themselves.

    To write each of them down would make it easy to keep the database busy. Those that have spent nothing
    are forgotten; when there are too many nevertheless, all are, so that nobody can fill the memory.
    """

    def __init__(self, rate: Rate, clock: Callable[[], int] = wall_time) -> None:
        self._rate = rate
        self._clock = clock
        self._spent: dict[str, int] = {}
        self._lock = threading.Lock()

    def charge(self, source: str) -> None:
        """Spend one of a source's. Raises Refused ``too_many_attempts`` when there is none left."""
        with self._lock:
            now, key = self._clock(), _network(source)
            spent = max(now, self._spent.get(key, 0))
            wait = spent - now - (self._rate.burst - 1) * self._rate.every
            if wait > 0:
                raise Refused("too_many_attempts", retry_after=-(-wait // SECOND))
            if len(self._spent) >= _MOST and key not in self._spent:
                self._spent = {each: until for each, until in self._spent.items() if until > now}
                self._spent = self._spent if len(self._spent) < _MOST else {}
            self._spent[key] = spent + self._rate.every


def from_source(tx: Transaction, what: str, source: str) -> str:
    """The key under which ``what`` is counted for a source; of IPv6 for the whole network of its /64."""
    return f"{what}:{place(tx, source)}"


def place(tx: Transaction, source: str) -> str:
    """A source as it stands in such keys."""
    return tx.vault.digest("throttle", _network(source).encode()).hex()[:32]


def _network(source: str) -> str:
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    return source if address.version == 4 else str(ipaddress.ip_network((address, 64), strict=False))
