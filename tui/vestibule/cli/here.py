"""This host's own site, with the authority of whoever may read its files."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from vestibule.config import DEFAULT_PORT, folders

if TYPE_CHECKING:
    from vestibule.remote.api import Api

T = TypeVar("T")


def links() -> str:
    """The address that links carry: ``VESTIBULE_PUBLIC_URL``, else this host's name."""
    url = os.environ.get("VESTIBULE_PUBLIC_URL", f"https://{socket.gethostname().lower()}:{DEFAULT_PORT}")
    return url.rstrip("/")


def with_api(work: Callable[[Api], Awaitable[T]]) -> T:
    """Run ``work`` on this host's site."""
    from vestibule.remote.embedded import open_site

    async def run() -> T:
        async with open_site(folders(), links(), as_console=True) as api:
            return await work(api)

    return asyncio.run(run())
