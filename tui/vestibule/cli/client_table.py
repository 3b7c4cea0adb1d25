"""Clients as aligned columns, narrowed and cropped by cells where the terminal ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

from vestibule.i18n import _, pgettext
from vestibule.models import Client, Kind, State
from vestibule.render.client_row import code_end, second_factors
from vestibule.render.when import moment
from vestibule.text import visible

_GAP = "  "
_NARROWEST = {3: 8, 0: 14}
"""Columns that give way when the terminal is narrow, and how far: the profile, then the name."""
_FACTORS = 5
"""The column that is left out where nobody has anything in it."""


def table(clients: Sequence[Client], width: int | None, site: ZoneInfo, now: datetime) -> list[str]:
    """A header and one line per client, at most ``width`` cells wide; ``None`` is as wide as it takes."""
    header = (_("Client"), _("State"), _("Kind"), _("Profile"), _("Ends"), _("2FA"), _("Id"))
    rows = [header, *(_cells(client, site, now) for client in clients)]
    if not any(row[_FACTORS] for row in rows[1:]):
        rows = [row[:_FACTORS] + row[_FACTORS + 1 :] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    if width is not None:
        _narrow(widths, width)
    return [_crop(_GAP.join(map(_fitted, row, widths)).rstrip(), width) for row in rows]


def _cells(client: Client, site: ZoneInfo, now: datetime) -> tuple[str, ...]:
    ends = code_end(client) or client.valid_until
    return (
        _called(client),
        state_word(client.state),
        _("staff") if client.kind is Kind.INTERNAL else _("guest"),
        visible(client.profile),
        moment(ends, now, site) if ends else "",
        second_factors(client),
        client.id,
    )


def _called(client: Client) -> str:
    """The label, and the name behind a code that stands for it."""
    label = visible(client.label or client.profile)
    return f"{label} {visible(client.name)}" if client.name and client.name != client.label else label


def state_word(state: State) -> str:
    """A client's state as a word."""
    return {
        State.PENDING: pgettext("state of a client", "pending"),
        State.ACTIVE: pgettext("state of a client", "active"),
        State.EXPIRED: pgettext("state of a client", "expired"),
        State.DISABLED: pgettext("state of a client", "disabled"),
    }[state]


def _narrow(widths: list[int], width: int) -> None:
    for column, narrowest in _NARROWEST.items():
        excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
        if excess > 0:
            widths[column] = max(min(widths[column], narrowest), widths[column] - excess)


def _fitted(text: str, width: int) -> str:
    return set_cell_size(_crop(text, width), width)


def _crop(text: str, width: int | None) -> str:
    if width is None or cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…" if width > 1 else ""
