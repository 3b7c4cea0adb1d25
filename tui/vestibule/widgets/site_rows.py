"""The sites of the address book, with how each stands now."""

from __future__ import annotations

from typing import NamedTuple

from vestibule.remote.probing import Reach
from vestibule.remote.sites import Site
from vestibule.render.site_words import row
from vestibule.widgets.rows import Rows


class Listed(NamedTuple):
    """A site, and how it stands."""

    site: Site
    reach: Reach


class SiteRows(Rows[Listed]):
    """``Haus Lindenhof  https://192.168.1.10:7550 local · 12 ms``."""

    def identity(self, item: Listed) -> str:
        """Its address."""
        return item.site.address

    def words(self, item: Listed, width: int) -> str:
        """Name, address where there is room, how it stands."""
        return row(item.site, item.reach, width)
