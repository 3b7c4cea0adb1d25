"""Of several ways the best that works wins, and a dead one holds nobody up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from vestibule.remote.race import PREFERENCE, STAGGER, first_good

Log = list[str]
NEVER = 60.0


@pytest.fixture
def log() -> Log:
    return []


def ways(log: Log, **ways: float | None) -> list[Callable[[], Coroutine[Any, Any, str]]]:
    """A way succeeds after its seconds; one with a minus fails after them."""

    async def go(name: str, seconds: float) -> str:
        log.append(f"{name} began")
        try:
            await asyncio.sleep(abs(seconds))
        except asyncio.CancelledError:
            log.append(f"{name} stopped")
            raise
        if seconds <= 0:
            raise ValueError(name)
        return name

    return [partial(go, name, seconds or 0) for name, seconds in ways.items()]


async def race(log: Log, **given: float | None) -> tuple[str, float]:
    async def discard(name: str) -> None:
        log.append(f"{name} discarded")

    began = time.monotonic()
    return await first_good(ways(log, **given), discard), time.monotonic() - began


async def test_a_dead_first_way_costs_little(log: Log) -> None:
    name, took = await race(log, local=NEVER, cloud=0.05)
    assert name == "cloud"
    assert took < STAGGER + 0.05 + PREFERENCE + 0.3
    assert log == ["local began", "cloud began", "local stopped"]


async def test_what_fails_is_followed_at_once(log: Log) -> None:
    name, took = await race(log, local=0, external=0, cloud=0.01)
    assert (name, took < STAGGER) == ("cloud", True)


async def test_a_better_one_may_come_a_little_later(log: Log) -> None:
    name, _took = await race(log, local=STAGGER + 0.1, cloud=0.01)
    assert name == "local"
    assert log[-1] == "cloud discarded"


async def test_none_begins_that_is_not_needed(log: Log) -> None:
    assert (await race(log, local=0.01, cloud=0.01))[0] == "local"
    assert log == ["local began"]


async def test_all_failing_tells_of_each_in_order(log: Log) -> None:
    with pytest.raises(ExceptionGroup) as failed:
        await race(log, local=-0.3, cloud=0)
    assert [str(error) for error in failed.value.exceptions] == ["local", "cloud"]


async def test_given_up_it_leaves_nothing_running(log: Log) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(STAGGER + 0.1):
            await race(log, local=NEVER, cloud=NEVER)
    assert sorted(log[2:]) == ["cloud stopped", "local stopped"]
