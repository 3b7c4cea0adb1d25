"""The audit chain finds what was altered, removed or cut."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from vestibule.access import audit
from vestibule.access.principal import console
from vestibule.store import schema
from vestibule.store.engine import Store


@pytest.fixture(autouse=True)
def _some_rows(store: Store) -> None:
    for number in range(9):
        with store.write() as tx:
            audit.record(tx, console(), "test.done", detail={"number": number})


@pytest.mark.on_both_databases
def test_an_untouched_chain_is_whole(store: Store) -> None:
    with store.read() as tx:
        verdict = audit.verify(tx)
    assert (verdict.ok, verdict.rows, verdict.first_bad) == (True, 10, None)


@pytest.mark.parametrize("column", ["at", "actor", "action", "outcome", "source", "detail"])
def test_a_change_in_any_column_is_found(store: Store, column: str) -> None:
    value = 1 if column == "at" else "changed"
    with store.write() as tx:
        tx.connection.execute(update(schema.audit).where(schema.audit.c.seq == 4).values({column: value}))
    with store.read() as tx:
        assert audit.verify(tx).first_bad == 4


@pytest.mark.on_both_databases
def test_a_removed_row_is_found(store: Store) -> None:
    with store.write() as tx:
        tx.connection.execute(delete(schema.audit).where(schema.audit.c.seq == 4))
    with store.read() as tx:
        assert audit.verify(tx).first_bad == 4


@pytest.mark.on_both_databases
def test_a_cut_end_is_found_by_the_head_kept_elsewhere(store: Store) -> None:
    with store.read() as tx:
        kept = audit.verify(tx).head
    with store.write() as tx:
        tx.connection.execute(delete(schema.audit).where(schema.audit.c.seq > 8))
    with store.read() as tx:
        verdict = audit.verify(tx, kept)
    assert (verdict.ok, verdict.first_bad) == (False, 9)
