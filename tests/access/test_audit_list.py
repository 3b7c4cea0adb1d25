"""The record by pages and by what is looked for, on both databases."""

from __future__ import annotations

import pytest

from vestibule.access import audit, audit_list, clients, codes
from vestibule.access.attempts import decided
from vestibule.access.principal import Principal, anonymous, console
from vestibule.access.refused import Refused
from vestibule.models import AuditFilter, ClientFields, ClientNew, Path
from vestibule.store.engine import Store, Transaction

NOBODY = anonymous("192.0.2.7", Path.LOCAL)


def found(store: Store, **wanted: object) -> list[tuple[str, str | None]]:
    with store.read() as tx:
        page = audit_list.page(tx, AuditFilter(**wanted), limit=500)  # type: ignore[arg-type]
    return [(row.action, row.subject_name) for row in page.rows]


def _refuse(_tx: Transaction) -> None:
    raise Refused("password_wrong")


@pytest.mark.on_both_databases
def test_a_decision_is_found_by_whom_what_when_and_every_word(store: Store) -> None:
    with store.write() as tx:
        anna = clients.add(tx, console(), ClientNew(name="Änna Rossi"), "").id
        gone = clients.add(tx, console(), ClientNew(name="Åsa 100%", code_minutes=0), "").id
    desk = Principal(anna, "192.168.1.20", client_id=anna, admin=True, fresh=True)
    with store.write() as tx:
        clients.edit(tx, desk, gone, ClientFields(note="by the door"), "")
        codes.revoke(tx, console(), anna)
        clients.remove(tx, console(), gone)
    with pytest.raises(Refused):
        decided(store, NOBODY, _refuse, subject=anna)

    of_anna = [
        ("session.opened", "Änna Rossi"),
        ("code.revoked", "Änna Rossi"),
        ("client.edited", None),  # by her, about somebody who is gone
        ("code.issued", "Änna Rossi"),
        ("client.added", "Änna Rossi"),
    ]
    assert found(store, client=anna) == of_anna
    assert found(store, action="code") == [of_anna[1], of_anna[3]]
    assert found(store, action="code.revoked", client=anna) == [of_anna[1]]
    assert found(store, refused=True) == [of_anna[0]]
    assert found(store, match="änna") == of_anna
    assert found(store, match="änna\nrevoked code.revoked") == [of_anna[1]]
    assert found(store, match="192.0.2\nänna\nwrong password_wrong") == [of_anna[0]]
    assert found(store, match="ÅSA\n100%") == [("client.removed", None)]
    assert found(store, match="100_") == []  # no wildcards
    assert found(store, match="door") == [("client.edited", None)]
    assert found(store, since="2126-01-01") == []
    assert len(found(store, since="2026-01-01")) == 8
    for wrong, code in (({"since": "noon"}, "time_unreadable"), ({"match": "a\n" * 9}, "invalid")):
        with pytest.raises(Refused) as refused:
            found(store, **wrong)
        assert refused.value.code == code


def test_below_a_cursor_every_position_stays_what_it_is(store: Store) -> None:
    def record(count: int) -> None:
        with store.write() as tx:
            for number in range(count):
                audit.record(tx, console(), "test.done", outcome="ok" if number % 2 else "failed")

    record(20)
    with store.read() as tx:
        first = audit_list.page(tx, AuditFilter(refused=True), limit=3, counted=True)
    record(4)
    with store.read() as tx:
        refused, before = AuditFilter(refused=True), first.rows[0].seq + 1
        again = audit_list.page(tx, refused, limit=3, before=before, at=3, counted=True)
        newer = audit_list.page(tx, refused, after=first.rows[0].seq)
    assert (first.total, again.total) == (10, 10)
    assert [row.seq for row in first.rows] == [20, 18, 16]
    assert ([row.seq for row in again.rows], again.next) == ([14, 12, 10], "10")
    assert [row.seq for row in newer.rows] == [24, 22]
