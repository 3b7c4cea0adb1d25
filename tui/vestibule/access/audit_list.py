"""The record of decisions by pages: after a cursor for whoever reads on, or at a position for a screen.

Rows are only ever added at the end, so below a cursor every position stays what it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from vestibule.access import client_list, validity
from vestibule.access.refused import Refused
from vestibule.models import AuditFilter, AuditPage, AuditRow
from vestibule.store.clock import to_datetime
from vestibule.store.engine import Transaction
from vestibule.store.schema import audit, client, code
from vestibule.text import NAME_LIMIT

EVERYTHING = AuditFilter()
_MOST_WORDS = 8
_COLUMNS = ("seq", "actor", "action", "subject", "outcome", "source")


def page(
    tx: Transaction,
    wanted: AuditFilter = EVERYTHING,
    *,
    limit: int = 50,
    before: int | None = None,
    after: int = 0,
    at: int = 0,
    counted: bool = False,
) -> AuditPage:
    """The newest ``limit`` of the ``wanted`` rows with numbers below ``before`` and above ``after``.

    ``at``: so many of them are passed over. ``counted``: say how many there are, those included. Raises
    Refused ``time_unreadable`` and ``invalid`` for a filter that cannot be read.
    """
    conditions = [audit.c.seq > after, *_conditions(tx, wanted)]
    conditions += [audit.c.seq < before] if before is not None else []
    query = select(audit).where(*conditions).order_by(audit.c.seq.desc()).limit(limit + 1).offset(at)
    rows = tx.connection.execute(query).all()
    total = None
    if counted:
        total = tx.connection.execute(select(func.count()).select_from(audit).where(*conditions)).scalar_one()
    names = _names(tx, {part for row in rows for part in (row.actor, row.subject) if part})
    return AuditPage(
        rows=[_view(row, names) for row in rows[:limit]],
        next=str(rows[limit - 1].seq) if len(rows) > limit else None,
        total=total,
    )


def _conditions(tx: Transaction, wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.client is not None:
        yield or_(audit.c.actor == wanted.client, audit.c.subject == wanted.client)
    if wanted.action:
        of_kind = audit.c.action.startswith(f"{wanted.action}.", autoescape=True)
        yield or_(audit.c.action == wanted.action, of_kind)
    if wanted.refused:
        yield audit.c.outcome != "ok"
    if wanted.since:
        yield audit.c.at >= validity.first_moment(wanted.since, "since")
    lines = [line for line in wanted.match.splitlines() if line.strip()]
    if len(lines) > _MOST_WORDS:
        raise Refused("invalid", field="match", detail=f"Expected at most {_MOST_WORDS} words")
    for line in lines:
        word, *codes = line.split()
        yield or_(*_places(tx, word), *_named(codes))


def _places(tx: Transaction, word: str) -> Iterator[ColumnElement[bool]]:
    """Where a word may stand: in a client's record, in an actor, an address, a detail."""
    ids = client_list.matching(tx, word)
    if ids is not None:
        yield audit.c.actor.in_(ids)
        yield audit.c.subject.in_(ids)
    small = word.lower()
    yield audit.c.subject == small
    yield func.lower(audit.c.actor).contains(small, autoescape=True)
    yield audit.c.source.contains(small, autoescape=True)
    # A detail is JSON in ASCII: so is what is looked for in it.
    yield func.lower(audit.c.detail).contains(json.dumps(word)[1:-1].lower(), autoescape=True)


def _named(codes: list[str]) -> Iterator[ColumnElement[bool]]:
    if codes:
        yield audit.c.action.in_(codes)
        yield audit.c.outcome.in_(codes)
        yield audit.c.actor.in_(codes)


def _names(tx: Transaction, ids: set[str]) -> Mapping[str, str]:
    """What the clients among ``ids`` are called: by their name, else by the beginning of their code.

    No name is longer than one may be, or each of 500 rows would carry it.
    """
    query = select(client.c.id, client.c.name, code.c.hint).select_from(client.outerjoin(code))
    found = tx.connection.execute(query.where(client.c.id.in_(ids)))
    return {row.id: row.name[:NAME_LIMIT] or (f"{row.hint}-…" if row.hint else row.id) for row in found}


def _view(row: Row[Any], names: Mapping[str, str]) -> AuditRow:
    return AuditRow(
        **{name: getattr(row, name) for name in _COLUMNS},
        at=to_datetime(row.at),
        detail=json.loads(row.detail),
        mac=row.mac.hex(),
        actor_name=names.get(row.actor),
        subject_name=names.get(row.subject),
    )
