"""Licence codes with the component each is for and its seats."""

from __future__ import annotations

from vestibule.i18n import _
from vestibule.models import Licence
from vestibule.render.client_row import fitted
from vestibule.text import visible
from vestibule.widgets.rows import Rows

_SEATS = 7
_COMPONENT = 12


class LicenceList(Rows[Licence]):
    """``VST-2231-77 Clients       10``."""

    def identity(self, item: Licence) -> str:
        """Its id."""
        return item.id

    def words(self, item: Licence, width: int) -> str:
        """Code, component, seats at the right; ``–`` for what is not counted by clients."""
        seats = str(item.seats) if item.seats else _("–")
        longest = max((len(licence.code) for licence in self.items), default=0)
        code = max(1, min(longest, width - _SEATS - _COMPONENT - 2))
        component = max(1, width - code - _SEATS - 2)
        shown = fitted([visible(item.code)], code), fitted([visible(item.component)], component)
        return f"{shown[0]} {shown[1]} {seats:>{_SEATS}}"
