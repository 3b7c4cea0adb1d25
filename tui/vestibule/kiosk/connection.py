"""A connection from a machine that everybody uses: nothing on it remembers a guest."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from vestibule.models import Session
from vestibule.remote.connection import Connection
from vestibule.two_factor_models import Challenge

PATIENCE = 2.0
"""Seconds that ending a session may keep the next person waiting."""


class KioskConnection(Connection):
    """Keeps no device's token, and knows none. Whoever set it up has accepted the server's certificate."""

    is_shared = True

    @property
    def knows_device(self) -> bool:
        """Never."""
        return False

    async def enter(self, session: Session) -> None:
        """Go on as ``session``, for as long as the person stands here."""
        self.client, self.strength = session.client, session.strength

    async def sign_in_by_itself(self) -> Session | Challenge | None:
        """Never: somebody else may stand here now."""
        return None

    async def sign_out(self) -> None:
        """End the session; a server that does not answer ends it by itself in time."""
        self.client = self.strength = None
        if not self.connected:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(super().sign_out(), PATIENCE)
        self.api.use_token(None)

    async def close(self) -> None:
        """End the session, then close the way."""
        if self.client is not None:
            await self.sign_out()
        await super().close()
