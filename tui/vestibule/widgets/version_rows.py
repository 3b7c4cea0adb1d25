"""The versions of the project, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from vestibule.i18n import _
from vestibule.models import Version
from vestibule.render.audit_words import actor
from vestibule.render.client_row import fitted
from vestibule.render.differences import hooks_mark, size
from vestibule.render.when import moment
from vestibule.text import visible
from vestibule.widgets.rows import Rows

_NUMBER, _AT, _BY, _PACKAGE, _HOOKS = 5, 16, 16, 11, 9


class VersionRows(Rows[Version]):
    """``* 12  Sun 11:02  Anna Rossi  new port  200.0 MiB  hooks ok``; the star marks one to compare."""

    def __init__(self, site_zone: ZoneInfo, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = site_zone
        self.marked: int | None = None
        """The number of the version to compare with."""

    def identity(self, item: Version) -> str:
        """Its number."""
        return str(item.version)

    def words(self, item: Version, width: int) -> str:
        """Number, when, who, note, package, hooks; the note gets what is left."""
        at = moment(item.at, datetime.now(UTC), self._zone)
        fixed = _NUMBER + _AT + _BY + _PACKAGE + _HOOKS + 7
        note = max(0, width - fixed)
        return " ".join(
            [
                "*" if item.version == self.marked else " ",
                f"{item.version:>{_NUMBER - 1}}",
                fitted([at], _AT),
                fitted([actor(item.by)], _BY),
                fitted([visible(item.note)], note),
                f"{size(item.package.size) if item.package else _('–'):>{_PACKAGE}}",
                fitted([hooks_mark(item)], _HOOKS),
            ]
        )

    def mark(self, number: int | None) -> None:
        """Mark one version, or none."""
        self.marked = number
        self.refresh()
