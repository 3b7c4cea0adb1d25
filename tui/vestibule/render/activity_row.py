"""One decision as one row of Activity: when, who, what, about whom, what came of it, cut to cells."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from vestibule.i18n import _, pgettext
from vestibule.models import AuditRow
from vestibule.properties import BY_KEY
from vestibule.render.audit_words import action, actor, outcome
from vestibule.render.client_row import fitted
from vestibule.render.property_words import label
from vestibule.render.when import day, moment
from vestibule.text import NAME_LIMIT, visible

REFUSED: Final = "!"
"""Before what was refused or failed; it says so without colour."""
_MARK, _DAY, _MOMENT = 2, 10, 16
_ROOMY = 68
"""Cells below which who and about whom share a column."""
_USUAL = 77
_WIDEST = 32
_NAMED_BY: Final = {
    "client.removed": "name",
    "licence.added": "code",
    "licence.removed": "code",
    "package.announced": "name",
    "hook.ran": "hook",
    "cloud.signer_added": "name",
    "cloud.signer_removed": "name",
}
"""What names the thing that a decision is about, where that is no client there is."""


class Columns(NamedTuple):
    """Cells of each column; one that gets none is not shown."""

    at: int
    who: int
    what: int
    about: int
    outcome: int


def columns(width: int) -> Columns:
    """How ``width`` cells are shared."""
    if width < _ROOMY:
        rest = max(0, width - _MARK - _DAY - 2)
        return Columns(_DAY, rest // 2, rest - rest // 2, 0, 0)
    spare = max(0, width - _USUAL)
    at = _MOMENT if spare >= _MOMENT - _DAY else _DAY
    spare -= at - _DAY
    name = min(_WIDEST, 13 + spare // 5)
    what = min(_WIDEST, 22 + spare // 4)
    return Columns(at, name, what, name, max(0, width - _MARK - at - 2 * name - what - 4))


def titles(width: int) -> str:
    """The names of the columns."""
    shape = columns(width)
    who = _("Who") if shape.about else _("Who, about whom")
    cells = [(_("When"), shape.at), (who, shape.who), (_("What"), shape.what), (_("About"), shape.about)]
    return " " * _MARK + _joined([*cells, (_("Outcome"), shape.outcome)])


def row(decision: AuditRow, width: int, now: datetime, zone: ZoneInfo) -> str:
    """The row in ``width`` cells."""
    shape = columns(width)
    mark = REFUSED if is_refused(decision) else " "
    when = fitted([moment(decision.at, now, zone), day(decision.at, now, zone)], shape.at)
    whom = about(decision)
    # Where there is no room for both, Enter tells who it was.
    by = [who(decision)] if shape.about else [people(decision), whom or who(decision)]
    cells = [
        (fitted(by, shape.who), shape.who),
        (action(decision.action), shape.what),
        (whom, shape.about),
        (outcome(decision.outcome), shape.outcome),
    ]
    return f"{mark} {when} {_joined(cells)}"


def is_refused(decision: AuditRow) -> bool:
    """Whether it came to nothing."""
    return decision.outcome != "ok"


def who(decision: AuditRow) -> str:
    """Whose decision it was."""
    named = decision.actor_name
    return visible(named, NAME_LIMIT) if named else actor(decision.actor)


def about(decision: AuditRow) -> str:
    """Whom or what it is about: a client there is by its name, what is gone as the record calls it."""
    if decision.subject_name:
        return visible(decision.subject_name, NAME_LIMIT)
    detail = decision.detail
    if isinstance(detail.get("version"), int):
        return _("Version %d") % int(detail["version"])
    if decision.action == "secret.revealed":
        name = str(detail.get("name", ""))
        return label(name) if name in BY_KEY else visible(name, NAME_LIMIT)
    named = detail.get(_NAMED_BY.get(decision.action, "serial")) or decision.subject or ""
    return visible(str(named), NAME_LIMIT)


def people(decision: AuditRow) -> str:
    """Who and about whom in one column: the other one's name alone where it is about oneself."""
    by, whom = who(decision), about(decision)
    unknown = decision.actor == "-" and bool(whom)
    if whom in ("", by) or unknown:
        return whom or by
    return pgettext("who, about whom", "%(who)s → %(whom)s") % {"who": by, "whom": whom}


def client_of(decision: AuditRow) -> str | None:
    """The id of the client that a decision is about, else of the one that has decided; None without one.

    One that is gone has its rows all the same.
    """
    if decision.subject and not decision.action.startswith("licence."):
        return decision.subject
    return decision.actor if decision.actor_name else None


def is_client_there(decision: AuditRow) -> bool:
    """Whether that client is still one."""
    name = decision.subject_name if decision.subject else decision.actor_name
    return name is not None


def _joined(cells: list[tuple[str, int]]) -> str:
    return " ".join(fitted([words], width) for words, width in cells if width)
