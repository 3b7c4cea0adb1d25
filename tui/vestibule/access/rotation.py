"""Gives a site a new vault key, and seals everything with it; at every moment one key fits all rows."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Table, delete, select, update

from vestibule.access import audit, codes, placing
from vestibule.access.backup_file import as_store_errors
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.config import Database, key_path, write_private
from vestibule.store.copying import Told
from vestibule.store.engine import Transaction, key_check, open_store
from vestibule.store.schema import code, metadata, site, sms_code
from vestibule.store.vault import NEXT_KEY, Vault, put_key_in_force

_VAULTED: Final = "vaulted"
_BATCH: Final = 1000


@dataclass(frozen=True)
class Rotated:
    """How many values were sealed anew, and the heads of the record before and after."""

    sealed: int
    head_before: str
    head: str


def rotate(state: Path, database: Database, told: Told) -> Rotated:
    """Make a new key and seal every value and the record with it, in one transaction.

    Whoever serves the site waits, and goes on with the new key; on another machine it has to be copied
    first. The new key lies beside the old one before the rows change, and takes its place afterwards: whoever
    opens the site takes the one that fits. Tokens and recovery codes stay good (see ``store.vault``); a
    text message's code has to be asked for again.
    Raises Refused ``key_elsewhere``, ``record_broken``; StoreError as ``open_store``. Then the old key is in
    force.
    """
    with placing.alone(state), closing(open_store(state, database)) as store, as_store_errors():
        if key_path(state).parent != state:
            raise Refused("key_elsewhere", detail=str(key_path(state)))
        with store.write_alone() as tx:
            vault, file = tx.vault.successor()
            before = audit.verify(tx)
            if not before.ok:
                raise Refused("record_broken")
            write_private(state / NEXT_KEY, file)
            sealed = _seal_all(tx, vault)
            _renew_codes(tx, vault)
            tx.connection.execute(delete(sms_code))
            tx.connection.execute(update(site).values(key_check=key_check(vault)))
            renewed = replace(tx, vault=vault)
            _chain(renewed, before.rows, told)
            audit.record(renewed, console(), "key.rotated", detail={"head": before.head, "sealed": sealed})
        put_key_in_force(state)
        with store.write() as tx:
            head = audit.verify(tx).head
    return Rotated(sealed, before.head, head)


def _seal_all(tx: Transaction, vault: Vault) -> int:
    """Columns that the vault keeps are called so, in every table."""
    every = [column for table in metadata.sorted_tables for column in table.columns]
    return sum(_seal(tx, vault, each.table, each) for each in every if each.name.endswith(_VAULTED))


def _seal(tx: Transaction, vault: Vault, table: Table, column: Column[Any]) -> int:
    key = next(iter(table.primary_key))
    query = select(key, column).where(column.is_not(None))
    rows = tx.connection.execute(query).all()
    for name, value in rows:
        row = f"{table.name}:{column.name}:{name}"
        again = vault.seal(row, tx.vault.open(row, value))
        mine = (key == name) & (column == value)
        tx.connection.execute(update(table).where(mine).values({column: again}))
    return len(rows)


def _renew_codes(tx: Transaction, vault: Vault) -> None:
    """One-time codes that still work are known by other digests; those that do not are known no more."""
    renewed = replace(tx, vault=vault)
    working = select(code.c.client_id, code.c.vaulted).where(code.c.vaulted.is_not(None))
    for row in tx.connection.execute(working).all():
        digest = codes.digest(renewed, codes.plain(renewed, row.client_id, row.vaulted))
        tx.connection.execute(update(code).where(code.c.client_id == row.client_id).values(digest=digest))


def _chain(tx: Transaction, rows: int, told: Told) -> None:
    done = 0
    while done < rows:
        done = audit.seal_anew(tx, done, _BATCH)
        told(done, rows)
