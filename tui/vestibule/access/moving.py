"""Moves a site into another database; until all is there and compared, it stays where it was."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from vestibule.access import audit, placing
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.config import MOVED, Database
from vestibule.models import AuditVerdict
from vestibule.store import copying
from vestibule.store.copying import Told
from vestibule.store.engine import Store, Transaction, make_engine, open_store, upgrade
from vestibule.store.errors import StoreError
from vestibule.store.schema import site

_FILES: Final = ("", "-wal", "-shm")


def move(state: Path, source: Database, target: Database, told: Told) -> tuple[int, AuditVerdict]:
    """Move the site from ``source`` to ``target``: how many rows, and whether its audit is whole there.

    Whoever serves it waits meanwhile, and refuses to write afterwards: there is one site, at one place.
    Raises Refused ``target_taken`` when there is one already, StoreError ``copy_differs`` and as
    ``open_store``; then, and when it is stopped, nothing has changed.
    """
    with placing.alone(state), placing.draft(state) as draft:
        if target.is_file and (state / placing.DATABASE).exists():
            raise Refused("target_taken")
        origin = open_store(state, source)
        there = Store(make_engine(draft, target), origin.vault, state, target, founding=True)
        with closing(origin), closing(there):
            _make_room(there)
            with origin.write_alone() as leaving:
                moved = _copy(origin, there, leaving, told)
                if target.is_file:
                    placing.fold(there)
                    there.close()
                    placing.publish(draft, state, placing.DATABASE)
                leaving.connection.execute(site.delete())
        if source.is_file:
            _set_aside(state)
    return moved


def _make_room(there: Store) -> None:
    """Make the tables. Raises Refused ``target_taken`` where another program has tables of these names."""
    try:
        upgrade(there.engine)
    except ProgrammingError:
        raise Refused("target_taken") from None


def _copy(origin: Store, there: Store, leaving: Transaction, told: Told) -> tuple[int, AuditVerdict]:
    with there.write_alone() as entering:
        if entering.connection.execute(select(site.c.id)).first() is not None:
            raise Refused("target_taken")
        try:
            rows = copying.copy(leaving.connection, entering.connection, told)
        except copying.Differs as differs:
            raise StoreError("copy_differs", str(differs)) from None
        verdict = audit.verify(entering)
        audit.record(entering, console(), "site.moved", detail={"rows": rows})
    return rows, verdict


def _set_aside(state: Path) -> None:
    for end in _FILES:
        file = state / f"{placing.DATABASE}{end}"
        if file.exists():
            file.replace(state / f"{placing.DATABASE}{MOVED}{end}")
