"""The audit chain finds what was altered, removed or cut."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from vestibule.access import audit
from vestibule.access.principal import console
from vestibule.models import AuditVerdict
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


@pytest.mark.on_both_databases
def test_a_chain_checked_in_parts_is_the_same_chain(store: Store) -> None:
    def in_parts(kept: str | None = None) -> list[AuditVerdict]:
        with store.read() as tx:
            found = [audit.verify(tx, kept, limit=5)]
            while (after := found[-1].next) is not None:
                found.append(audit.verify(tx, kept, after, 5))
        return found

    with store.read() as tx:
        whole, kept = audit.verify(tx), audit.verify(tx, limit=7).head
        false = audit.verify(tx, after="5:" + 64 * "0", limit=5)
    assert [(part.rows, part.total, part.ok) for part in in_parts(kept)] == [(5, 10, True), (10, 10, True)]
    assert in_parts()[-1] == whole
    assert (false.ok, false.first_bad) == (False, 5)
    assert [part.reason for part in in_parts("7:" + 64 * "0")] == [None, "not_the_kept_head"]
    with store.write() as tx:
        tx.connection.execute(delete(schema.audit).where(schema.audit.c.seq > 9))
        tx.connection.execute(update(schema.audit_head).values(seq=9))
    assert [(part.ok, part.first_bad) for part in in_parts()] == [(True, None), (False, 10)]
