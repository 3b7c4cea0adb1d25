"""Notes that sessions are used: beside the requests, so that no answer waits for it or fails with it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from anyio import to_thread
from starlette.requests import Request

from vestibule.access import sessions
from vestibule.access.principal import Principal
from vestibule.device_models import UNATTENDED
from vestibule.store.clock import MINUTE
from vestibule.store.engine import Store
from vestibule.store.errors import StoreError

EVERY = MINUTE
"""A session is noted as used at most this often."""
_WHO = "vestibule.who"
"""Where a request's scope says who stands behind it, and since when that is known."""
_log = logging.getLogger("vestibule.server")


class Usage:
    """Keeps ``session.seen_at`` up to date, by small writes one after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._alone = asyncio.Lock()
        self._under_way: dict[str, asyncio.Task[None]] = {}

    @staticmethod
    def of(request: Request, now: int, who: Principal) -> None:
        """``who`` stands behind ``request``, now."""
        request.scope[_WHO] = who, now

    def note(self, request: Request) -> None:
        """The session behind ``request`` was used, unless the request says that nobody's hand caused it."""
        who, at = request.scope.get(_WHO, (None, 0))
        if who is None or who.session_id is None or at - who.seen_at < EVERY:
            return
        if who.session_id not in self._under_way and UNATTENDED not in request.headers:
            self.of(request, at, replace(who, seen_at=at))
            writing = asyncio.create_task(self._write(who.session_id, at))
            self._under_way[who.session_id] = writing

    async def close(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._under_way.values())

    async def _write(self, session_id: str, at: int) -> None:
        try:
            async with self._alone:
                await to_thread.run_sync(self._used, session_id, at)
        except StoreError as error:
            _log.info("session not noted as used: %s", error.code)  # the next request notes it
        except Exception as error:
            _log.error("session not noted as used: %s", type(error).__name__)
        finally:
            del self._under_way[session_id]

    def _used(self, session_id: str, at: int) -> None:
        with self._store.write() as tx:
            sessions.used(tx, session_id, at)
