"""Waiting for what a test expects, and an event loop that knows when it has nothing left to do.

Textual's pilot looks at the processor to know when a key has done all it does. That takes 40 ms for each
key, and on a busy machine it takes an app that is not let run for one that has finished.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar, TypeVarTuple

from anyio import to_thread

from vestibule.server.lane import Lane

Given = TypeVarTuple("Given")
Answer = TypeVar("Answer")
_run_in_lane = Lane.run
SOON = 0.02
"""A timer that is due within this many seconds is something left to do: Textual paints 60 times a second."""


class _Selector(selectors.DefaultSelector):
    """Asked by the loop when nothing but time or another thread can bring it something to do."""

    idle: Callable[[], bool]

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if found or timeout == 0 or ((timeout is None or timeout > SOON) and self.idle()):
            return found
        return super().select(timeout)


class IdleLoop(asyncio.SelectorEventLoop):
    """Tells those who wait for it when it is idle."""

    def __init__(self) -> None:
        self._threads = 0
        self._waiting: list[asyncio.Future[None]] = []
        selector = _Selector()
        selector.idle = self._tell
        super().__init__(selector)

    async def idle(self, at_most: float) -> None:
        """Until no task can go on, no thread works for one and no timer is due soon."""
        told = self.create_future()
        self._waiting.append(told)
        await asyncio.wait([told], timeout=at_most)
        if told in self._waiting:
            self._waiting.remove(told)

    def _tell(self) -> bool:
        if not self._waiting or self._threads or to_thread.current_default_thread_limiter().borrowed_tokens:
            return False
        for told in self._waiting:
            told.set_result(None)
        self._waiting.clear()
        return True

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Given], Answer], *args: *Given
    ) -> asyncio.Future[Answer]:
        """Count the threads of asyncio; anyio counts its own."""
        running = super().run_in_executor(executor, func, *args)
        self._threads += 1
        running.add_done_callback(self._returned)
        return running

    def _returned(self, _done: asyncio.Future[Any]) -> None:
        self._threads -= 1

    @contextmanager
    def working(self) -> Iterator[None]:
        """Something is done for a task by a thread that neither asyncio nor anyio's usual limiter counts."""
        self._threads += 1
        try:
            yield
        finally:
            self._threads -= 1


async def in_lane(lane: Lane, source: str, work: Callable[[], Answer]) -> Answer:
    """In the place of :meth:`Lane.run`, which has a limiter of its own."""
    loop = asyncio.get_running_loop()
    with loop.working() if isinstance(loop, IdleLoop) else nullcontext():
        return await _run_in_lane(lane, source, work)


async def wait_for_idle(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """In the place of Textual's function of this name."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, IdleLoop)
    await loop.idle(max_sleep)


async def until(met: Callable[[], bool], seconds: float = 20.0) -> None:
    """Until this is true, and the app has done what follows from it."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)
    await wait_for_idle()
