"""What is costly goes one lane: a few at a time, a queue with an end, and no place for one caller alone.

Sign-ins hash passwords: 19 MiB and 30 ms of a processor each. Without this a hundred of them would take every
worker thread, and whoever only wants to look at a list would wait behind them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from vestibule.access.refused import Refused

T = TypeVar("T")
_RETRY_SECONDS = 2


class Lane:
    """``threads`` work at a time; up to ``places`` wait or work, at most ``share`` for one source."""

    def __init__(self, threads: int = 8, places: int = 120, share: int = 100) -> None:
        self._limiter = CapacityLimiter(threads)
        self._places = places
        self._share = share
        self._taken: Counter[str] = Counter()

    async def run(self, source: str, work: Callable[[], T]) -> T:
        """Run ``work`` in a thread when it is its turn. Raises Refused ``busy`` when the lane is full."""
        if self._taken.total() >= self._places or self._taken[source] >= self._share:
            raise Refused("busy", retry_after=_RETRY_SECONDS)
        self._taken[source] += 1
        try:
            return await to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._taken[source] -= 1
            if not self._taken[source]:
                del self._taken[source]
