"""The uploaders whose versions a site takes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from vestibule.cloud_models import Signer
from vestibule.render.client_row import fitted
from vestibule.render.when import moment
from vestibule.signatures import grouped
from vestibule.text import visible
from vestibule.widgets.rows import Rows

_ROOMY = 60
"""Cells from which on there is room for the groups of a key and for when it was added."""


class UploaderRows(Rows[Signer]):
    """``Rita Keller   ABCDEF-GHIJKL-MNOPQR-STUVWX  Sun 11:02``; the key is to be compared, so never cut."""

    def __init__(self, site_zone: ZoneInfo, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = site_zone

    def identity(self, item: Signer) -> str:
        """Its key."""
        return item.key

    def words(self, item: Signer, width: int) -> str:
        """Name, key; when it was added, if there is room."""
        end = item.fingerprint
        if width >= _ROOMY:
            end = f"{grouped(end)}  {moment(item.added_at, datetime.now(UTC), self._zone)}"
        return f"{fitted([visible(item.name)], max(1, width - cell_len(end) - 1))} {end}"
