"""This host's own site, with the authority of whoever may read its files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from vestibule.config import folders

if TYPE_CHECKING:
    from vestibule.remote.api import Api

T = TypeVar("T")


def links() -> str:
    """The address that links carry, from ``VESTIBULE_PUBLIC_URL``; empty when the settings decide."""
    return os.environ.get("VESTIBULE_PUBLIC_URL", "").rstrip("/")


def with_api(work: Callable[[Api], Awaitable[T]]) -> T:
    """Run ``work`` on this host's site."""
    from vestibule.remote.embedded import open_site

    async def run() -> T:
        async with open_site(folders(), links(), as_console=True) as api:
            return await work(api)

    return asyncio.run(run())
