"""All clients, each with a tick for the Admin option."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from vestibule.i18n import _
from vestibule.models import Client, Kind, State
from vestibule.render.client_row import fitted
from vestibule.text import visible
from vestibule.widgets.client_list import ClientList

_TICK = 4
_ABOUT = (8, 24)


class AdminList(ClientList):
    """``[x] Anna Rossi     staff``: paging and cursor are those of the client list."""

    # A tick says what it says; a colour beside it would look like a part of that.
    DEFAULT_CSS: ClassVar[str] = """
    AdminList {
        & > .client-list--active { color: $foreground; }
        & > .client-list--disabled { color: $foreground; }
    }
    """

    def _cells(self, client: Client, now: datetime) -> list[tuple[str, str]]:
        room = max(0, self._row_width - _TICK - 1)
        least, most = _ABOUT
        about = min(most, max(least, room // 3))
        name = fitted([visible(client.name or client.label)], max(0, room - about))
        return [
            ("tick", "[x] " if client.admin else "[ ] "),
            ("name", name + " "),
            ("about", fitted(_about(client), min(about, room))),
        ]

    def _is_counting(self, client: Client) -> bool:
        """No countdown here."""
        return False


def _about(client: Client) -> list[str]:
    """Who it is, the longest first."""
    if client.service:
        return [_("service account"), _("service")]
    kind = _("staff") if client.kind is Kind.INTERNAL else _("guest")
    if client.state is State.DISABLED:
        return [" · ".join([kind, _("disabled")]), _("disabled")]
    if client.state is State.EXPIRED:
        return [" · ".join([kind, _("expired")]), _("expired")]
    return [f"{visible(client.profile)} · {kind}", kind] if client.profile else [kind]
