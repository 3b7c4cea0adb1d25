"""The record as a file: one JSON document a line, newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from vestibule.models import AuditFilter, AuditRow
from vestibule.remote.audit_calls import EVERYTHING
from vestibule.remote.packages import Progress, unseen
from vestibule.remote.whole_file import whole_file
from vestibule.text import escaped_json

if TYPE_CHECKING:
    from vestibule.remote.api import Api

PAGE = 500


async def rows(
    api: Api, wanted: AuditFilter = EVERYTHING, progress: Progress = unseen
) -> AsyncIterator[AuditRow]:
    """All ``wanted`` rows, newest first; ``progress`` is told how many of how many are here."""
    cursor: str | None = None
    done = total = 0
    while True:
        page = await api.audit(PAGE, cursor, wanted=wanted, counted=cursor is None)
        total = total if page.total is None else page.total
        for row in page.rows:
            yield row
        done += len(page.rows)
        progress(done, total)
        cursor = page.next
        if cursor is None:
            return


def line(row: AuditRow) -> str:
    """One row as one line, also fit for a terminal."""
    return escaped_json(msgspec.json.encode(row).decode())


async def write(
    api: Api,
    path: Path,
    wanted: AuditFilter = EVERYTHING,
    *,
    overwrite: bool = False,
    progress: Progress = unseen,
) -> int:
    """Write all ``wanted`` rows to ``path``, for its owner only, all or nothing; how many. Cancel to stop.

    Raises FileExistsError unless it may ``overwrite``, OSError, ApiProblem, Unreachable.
    """
    count = 0
    async with whole_file(path, overwrite=overwrite) as file:
        async for row in rows(api, wanted, progress):
            file.write(line(row).encode() + b"\n")
            count += 1
    return count
