"""Threads that work for requests, so that no SQL stops the event loop.

To hand one request to a thread and its answer back costs more than most answers: two threads wake each other
up and wait for each other's lock. Requests that came together are handed over together, so that it is paid
once for all of them. Whoever would wait behind one that takes long gets a thread of its own soon.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
THREADS = 40
PATIENCE = 0.004
"""Seconds that a request may wait for a thread which works for another one."""
_threads = ThreadPoolExecutor(THREADS, "requests")


class _Job:
    __slots__ = ("_error", "_result", "_work", "left", "over", "told")

    def __init__(self, work: Callable[[], Any], told: asyncio.Future[Any]) -> None:
        self._work = work
        self._result: Any = None
        self._error: BaseException | None = None
        self.told = told
        self.left = False
        self.over = False

    def do(self) -> None:
        """In a thread."""
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error

    def tell(self) -> None:
        """In the loop."""
        self.over = True
        if self.told.done():
            return  # whoever asked is about to hear that it was cancelled
        if self._error is None or self.left:
            self.told.set_result(self._result)
        else:
            self.told.set_exception(self._error)


class Crew:
    """Does what is given to it in threads, begun in the order in which it came."""

    def __init__(self) -> None:
        self._new: deque[_Job] = deque()
        self._done: deque[_Job] = deque()
        self._at_work = 0
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """What ``work`` gives or raises. Cancelled, it is waited for nevertheless: it cannot be stopped."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._timer = loop, None
        told: asyncio.Future[T] = loop.create_future()
        job = _Job(work, told)
        if not self._new:
            loop.call_soon(self._start, loop)
        self._new.append(job)
        try:
            return await told
        except asyncio.CancelledError:
            if not job.over:
                job.left, job.told = True, loop.create_future()
                await job.told
            raise

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let a thread begin, unless one is at work: it takes up what is new too."""
        with self._lock:
            begins = not self._at_work
            self._at_work += begins
        if begins:
            self._begin(loop)
        if self._timer is None:
            self._timer = loop.call_later(PATIENCE, self._help, loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_in_executor(_threads, self._work, loop).add_done_callback(self._tell)

    def _help(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell what is done, and let one more thread begin when somebody still waits for one."""
        self._timer = None
        self._tell()
        if self._new:
            with self._lock:
                self._at_work += 1
            self._begin(loop)
            self._timer = loop.call_later(PATIENCE, self._help, loop)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._goes_on():
            for _ in range(len(self._new)):
                with suppress(IndexError):  # another thread was faster
                    job = self._new.popleft()
                    job.do()
                    self._done.append(job)
            if self._new:
                with suppress(RuntimeError):  # the loop is closed, and nobody waits
                    loop.call_soon_threadsafe(self._tell)

    def _goes_on(self) -> bool:
        with self._lock:
            self._at_work -= not self._new
            return bool(self._new)

    def _tell(self, _running: object = None) -> None:
        while self._done:
            self._done.popleft().tell()
        if self._timer is not None and not self._new:
            self._timer.cancel()
            self._timer = None
