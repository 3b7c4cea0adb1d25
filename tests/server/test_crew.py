"""Requests that came together share a thread, and still nobody waits for another's slow one."""

from __future__ import annotations

import asyncio
import threading

import pytest

from vestibule.server.crew import Crew


async def test_a_slow_one_keeps_nobody_waiting_who_came_with_it() -> None:
    crew, end = Crew(), threading.Event()
    slow = asyncio.create_task(crew.run(lambda: end.wait(20)))
    others = [asyncio.create_task(crew.run(threading.get_ident)) for _ in range(5)]
    await asyncio.wait_for(asyncio.gather(*others), 10)
    assert len({task.result() for task in others}) == 1, "each had a thread of its own"
    late = asyncio.create_task(crew.run(lambda: "late"))
    assert await asyncio.wait_for(late, 10) == "late"
    assert not slow.done()
    end.set()
    assert await slow is True


async def test_what_is_cancelled_is_waited_for_and_what_is_raised_is_raised() -> None:
    crew, end, over = Crew(), threading.Event(), []

    def work() -> None:
        end.wait(20)
        over.append(True)

    task = asyncio.create_task(crew.run(work))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()
    end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert over
    with pytest.raises(ZeroDivisionError):
        await crew.run(lambda: 1 // 0)
