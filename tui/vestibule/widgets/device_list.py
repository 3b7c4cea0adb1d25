"""Devices and sessions without one: which, whether somebody is signed in there, when and from where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

from vestibule.render.client_row import fitted
from vestibule.render.device_words import Place, name, state
from vestibule.render.when import day, moment
from vestibule.text import visible
from vestibule.widgets.rows import Rows

_ROOMY = 60
"""Cells from which on there is room for times and addresses."""
_ADDRESS = 15
"""Cells of an IPv4 address; the whole of a longer one stands below the list."""


class DeviceList(Rows[Place]):
    """``this one   reception-pc    Sun 11:02  192.168.1.20``."""

    def __init__(self, site_zone: ZoneInfo, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = site_zone
        self._widths = (0, 0)

    def show(self, items: Sequence[Place]) -> None:
        """Show ``items``; state and time are as wide as their widest."""
        now = datetime.now(UTC)
        states = max((cell_len(state(place)) for place in items), default=0)
        times = max((cell_len(moment(place.last_seen_at, now, self._zone)) for place in items), default=0)
        if (states, times) != self._widths:
            self._widths = states, times
            self.refresh()
        super().show(items)

    def identity(self, item: Place) -> str:
        """Its id."""
        return item.id

    def words(self, item: Place, width: int) -> str:
        """State, name, when it was last seen; from where, if there is room."""
        now, (states, times) = datetime.now(UTC), self._widths
        if width >= _ROOMY:
            seen = set_cell_size(moment(item.last_seen_at, now, self._zone), times)
            end = f"{seen} {fitted([visible(item.last_source)], _ADDRESS)}"
        else:
            end = day(item.last_seen_at, now, self._zone)
        room = max(1, width - states - cell_len(end) - 2)
        return f"{set_cell_size(state(item), states)} {set_cell_size(fitted([name(item)], room), room)} {end}"
