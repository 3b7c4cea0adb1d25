"""One client as one row of the list: its mark, label, status and kind, cut to cells of the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

from vestibule.i18n import _, pgettext
from vestibule.models import Client, FactorKind, Kind, State
from vestibule.render.when import countdown, day, first, last
from vestibule.text import visible

_MARKS: Mapping[State, str] = {
    State.PENDING: "●",
    State.ACTIVE: "✓",
    State.EXPIRED: "○",
    State.DISABLED: "✗",
}
_PLAIN_MARKS: Mapping[State, str] = {
    State.PENDING: "•",
    State.ACTIVE: "+",
    State.EXPIRED: "-",
    State.DISABLED: "x",
}
_MARK = 2  # the mark and a space
_CODE = 14  # a code must be readable whole
_STATUS = (7, 15, 22)  # "1:58:02", "until Sun 11:00", "until 2026-12-31 11:00"
_KIND = (5, 64)  # "guest", and a long profile
_LABEL = 66  # wider, and the eye loses the row


class Columns(NamedTuple):
    """Cells of each column; those after the label begin one cell after the column before."""

    label: int
    status: int
    kind: int

    @property
    def status_at(self) -> int:
        """The cell at which the status begins."""
        return _MARK + self.label + 1

    @property
    def rest(self) -> int:
        """The cells of status and kind together."""
        return self.status + 1 + self.kind if self.kind else self.status


def mark(state: State, plain: bool) -> str:
    """One glyph for ``state``; ``plain`` when the terminal has only a console font."""
    return (_PLAIN_MARKS if plain else _MARKS)[state]


def code_end(client: Client) -> datetime | None:
    """When the code for the first login ends or ended; None without one, and after the first login."""
    if client.first_login_at is not None:
        return None
    return client.code.expires_at if client.code else client.code_expires_at


def counts_down(client: Client, now: datetime) -> bool:
    """Whether the status of ``client`` changes every second."""
    end = code_end(client)
    return client.state is State.PENDING and end is not None and end > now


def status(client: Client, now: datetime, zone: ZoneInfo) -> str:
    """What there is to know about the time of ``client``: a countdown, an end, a reason."""
    return next(_statuses(client, now, zone))


def kind(client: Client) -> str:
    """Whose people the client belongs to, after the profile it has: ``Room 12 · guest``."""
    return next(_kinds(client))


def second_factors(client: Client) -> str:
    """``app+sms``: what is set up, or that it is asked for; empty without either."""
    if client.factors:
        names = {FactorKind.APP: _("app"), FactorKind.SMS: _("sms")}
        return "+".join(names[factor] for factor in client.factors)
    return pgettext("a second factor", "asked") if client.asked else ""


def columns(width: int) -> Columns:
    """How ``width`` cells are shared; a column that gets none is not shown."""
    inner = max(0, width - _MARK)
    least, usual, most = _STATUS
    if inner < _CODE + 1 + least:
        return Columns(inner, 0, 0)
    spare = inner - (usual + 1 + usual + 1 + _KIND[0])
    if spare < 0:
        shared = min(usual, inner - _CODE - 1, (inner - 2) // 2)
        return Columns(inner - 1 - shared, shared, 0)
    shared = min(most, usual + spare // 4)
    label = min(_LABEL, inner - shared - _KIND[0] - spare // 3 - 2)
    return Columns(label, shared, min(_KIND[1], inner - shared - label - 2))


def row(client: Client, width: int, now: datetime, zone: ZoneInfo, plain: bool) -> list[tuple[str, str]]:
    """The columns of one row, by name, with the space between them: together exactly ``width`` cells."""
    shape = columns(width)
    cells = [
        ("mark", mark(client.state, plain) + " "),
        ("label", fitted([visible(client.label)], shape.label)),
    ]
    kinds, statuses = list(_kinds(client)), list(_statuses(client, now, zone))
    if _says_more(client, kinds, statuses, shape):
        cells.append(("status", " " + fitted(kinds, shape.rest)))
    else:
        cells += [("status", " " + fitted(statuses, shape.status))] if shape.status else []
        cells += [("kind", " " + fitted(kinds, shape.kind))] if shape.kind else []
    name, text = cells[-1]
    before = sum(cell_len(text) for _name, text in cells[:-1])
    cells[-1] = (name, set_cell_size(text, max(0, width - before)))
    return cells if width >= _MARK else [("mark", cells[0][1][: max(0, width)])]


def fitted(texts: Sequence[str], cells: int) -> str:
    """The first of ``texts`` that fits, else the last cut short with ``…``; padded to ``cells``."""
    for text in texts:
        if cell_len(text) <= cells:
            return set_cell_size(text, cells)
    # A wide character on the edge leaves a space behind, which would part the text from its ellipsis.
    kept = set_cell_size(texts[-1], cells - 1).rstrip(" ") if cells > 1 else ""
    return set_cell_size(kept + "…", max(0, cells))


def changed_cells(old: str, new: str) -> tuple[int, int] | None:
    """From which cell to which ``new`` differs from ``old`` of the same width; None if it does not."""
    if old == new:
        return None
    differing = [at for at, (left, right) in enumerate(zip(old, new, strict=False)) if left != right]
    if len(old) == len(new) and old.isascii() and new.isascii():
        return differing[0], differing[-1] + 1
    return 0, max(cell_len(old), cell_len(new))


def _says_more(client: Client, kinds: Sequence[str], statuses: Sequence[str], shape: Columns) -> bool:
    """Whether the kind is worth the place of a status that says nothing: it names a second factor then."""
    word = _two_factor_word(client)
    if not word or statuses != [_("no end")]:
        return False

    def tells(cells: int) -> bool:
        return word in fitted(kinds, cells)

    return tells(shape.rest) and not tells(shape.kind)


def _statuses(client: Client, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """The status, and for a narrow column the same without the clock, then without words."""
    if client.state is State.DISABLED:
        yield _("disabled")
        return
    if counts_down(client, now):
        yield countdown(code_end(client) or now, now)
        return
    said = _validity(client, now)
    if said is None:
        yield _("no end") if client.state is State.ACTIVE else _code_status(client)
        return
    sentence, at, begins = said
    yield sentence % {"at": (first if begins else last)(at, now, zone)}
    yield sentence % {"at": day(at, now, zone)}
    yield day(at, now, zone)


def _validity(client: Client, now: datetime) -> tuple[str, datetime, bool] | None:
    """The sentence about the period a client may come in, its moment, and whether that begins it."""
    since, until = client.valid_from, client.valid_until
    if client.state is State.EXPIRED:
        return (_("ended %(at)s"), until, False) if until is not None and until < now else None
    if client.state is not State.ACTIVE:
        return None
    if since is not None and since > now:
        return _("from %(at)s"), since, True
    return (_("until %(at)s"), until, False) if until is not None else None


def _code_status(client: Client) -> str:
    return _("no code") if code_end(client) is None else _("code expired")


def _kinds(client: Client) -> Iterator[str]:
    """The kind with everything, without the profile, without one of the rest, and bare."""
    bare = _("staff") if client.kind is Kind.INTERNAL else _("guest")
    words = [bare, _("admin")] if client.admin else [bare]
    second = _two_factor_word(client)
    more = [second] if second else []
    if client.profile:
        yield " · ".join([visible(client.profile), *words, *more])
    yield " · ".join([*words, *more])
    if more:
        yield " · ".join([bare, *more])
        yield " · ".join(words)
    yield bare


def _two_factor_word(client: Client) -> str:
    factors = second_factors(client)
    return _("2FA %(factors)s") % {"factors": factors} if factors else ""
