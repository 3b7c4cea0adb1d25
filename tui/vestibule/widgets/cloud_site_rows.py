"""The sites of a cloud, in the order of their serial numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from vestibule.cloud_models import CloudSite
from vestibule.i18n import _
from vestibule.render.client_row import fitted
from vestibule.render.cloud_words import outcome
from vestibule.render.when import day, moment
from vestibule.text import visible
from vestibule.widgets.rows import Rows

_ROOMY = 60
"""Cells from which on there is room for the time, the version and the last update."""
_SEEN, _DAY, _VERSION = 16, 10, 7


class CloudSiteRows(Rows[CloudSite]):
    """``! TK-000815   Sun 11:02   v 12   applied``; ``!`` where somebody has posed as the site."""

    def __init__(self, site_zone: ZoneInfo, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = site_zone

    def identity(self, item: CloudSite) -> str:
        """Its serial number."""
        return item.serial

    def words(self, item: CloudSite, width: int) -> str:
        """Mark, serial number, when it was last heard of; version and update where there is room."""
        mark = "!" if item.refused_at is not None else " "
        now = datetime.now(UTC)
        if width < _ROOMY:
            seen = day(item.seen_at, now, self._zone) if item.seen_at else _("never")
            return f"{mark} {fitted([visible(item.serial)], max(1, width - _DAY - 3))} {fitted([seen], _DAY)}"
        seen = moment(item.seen_at, now, self._zone) if item.seen_at else _("never")
        version = _("v %d") % item.newest if item.newest else _("–")
        came = outcome(item.offer.outcome) if item.offer else ""
        serial = fitted([visible(item.serial)], min(32, max(12, width - 50)))
        return f"{mark} {serial} {fitted([seen], _SEEN)} {fitted([version], _VERSION)} {came}"
