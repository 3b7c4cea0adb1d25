"""The record of decisions over the API: by pages, and verified part by part."""

from __future__ import annotations

from typing import Any

import msgspec

from vestibule.models import AuditFilter, AuditPage, AuditVerdict
from vestibule.remote.caller import Caller
from vestibule.remote.packages import Progress, unseen

EVERYTHING = AuditFilter()
PART = 5000
"""Rows that are verified at a time: some tenths of a second."""


class AuditCalls(Caller):
    """The part of the API that is about the record."""

    async def audit(
        self,
        limit: int = 50,
        cursor: str | None = None,
        *,
        wanted: AuditFilter = EVERYTHING,
        after: int = 0,
        at: int = 0,
        counted: bool = False,
    ) -> AuditPage:
        """Decisions, newest first: before ``cursor``, passing ``at`` over; or those ``after`` a number.

        ``counted``: with how many there are.
        """
        query: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        query |= {"after": after} if after else {}
        query |= {"at": at} if at else {}
        query |= {"counted": True} if counted else {}
        query |= {name: value for name, value in msgspec.to_builtins(wanted).items() if value}
        return await self._ask("GET", "/v1/audit", AuditPage, query=query)

    async def verify_audit(self, head: str | None = None, progress: Progress = unseen) -> AuditVerdict:
        """Verify the chain, and against a head kept elsewhere; ``progress`` is told rows. Cancel to stop."""
        query: dict[str, Any] = {"limit": PART} | ({"head": head} if head else {})
        while True:
            verdict = await self._ask("GET", "/v1/audit/verdict", AuditVerdict, query=query)
            progress(verdict.rows, verdict.total)
            if verdict.next is None:
                return verdict
            query["after"] = verdict.next
