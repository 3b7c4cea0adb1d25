"""Several ways to the same end, tried one shortly after the other; the first that works wins.

As RFC 8305 (Happy Eyeballs) does it with the addresses of a host.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")
STAGGER = 0.25
"""Seconds before the next one begins while the one before has not failed (RFC 8305 §5)."""
PREFERENCE = 0.15
"""Seconds that a better one may still take once a worse one has succeeded."""


async def first_good(
    attempts: Sequence[Callable[[], Coroutine[Any, Any, T]]], discard: Callable[[T], Awaitable[None]]
) -> T:
    """The result of the best attempt that succeeds soon; the best stands first.

    What others bring is given to ``discard``. Raises ExceptionGroup with the error of each, in their order,
    when all fail; cancelled, it leaves none of them running.
    """
    tasks: list[asyncio.Task[T]] = []
    chosen: asyncio.Task[T] | None = None
    try:
        for attempt in attempts:
            tasks.append(asyncio.create_task(attempt()))
            await _wait(tasks, STAGGER, lambda: any(map(_is_good, tasks)) or tasks[-1].done())
            if any(map(_is_good, tasks)):
                break
        await _wait(tasks, None, lambda: any(map(_is_good, tasks)))
        good = [at for at, task in enumerate(tasks) if _is_good(task)]
        if not good:
            raise ExceptionGroup("all failed", [_error(task) for task in tasks])
        await _wait(tasks[: good[0]], PREFERENCE, lambda: any(map(_is_good, tasks[: good[0]])))
        chosen = next(filter(_is_good, tasks))
        return chosen.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            if task is not chosen and _is_good(task):
                await discard(task.result())


def _is_good(task: asyncio.Task[Any]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


def _error(task: asyncio.Task[Any]) -> Exception:
    error = task.exception()
    if not isinstance(error, Exception):
        raise error or RuntimeError("it has not failed")
    return error


async def _wait(
    tasks: Sequence[asyncio.Task[Any]], seconds: float | None, enough: Callable[[], bool]
) -> None:
    """Until ``enough``, until all of them are done, or until the time is over."""
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    while not enough():
        running = [task for task in tasks if not task.done()]
        left = None if end is None else end - loop.time()
        if not running or (left is not None and left <= 0):
            return
        await asyncio.wait(running, timeout=left, return_when=asyncio.FIRST_COMPLETED)
