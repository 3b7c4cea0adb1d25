"""Many clients at once: every line is tried, and all of them stay or none."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.sites import Place
from vestibule.access import audit, client_import
from vestibule.access.principal import Principal, console
from vestibule.access.refused import Refused
from vestibule.models import ClientFields, ClientImport, ClientLine
from vestibule.store.schema import client


@pytest.mark.on_both_databases
def test_a_line_that_the_database_refuses_spoils_all_but_hides_none(place: Place) -> None:
    store = place.open()
    with store.read() as tx:
        service = tx.connection.execute(select(client.c.id)).scalar_one()
        before = audit.verify(tx).head
    said: list[tuple[str | None, dict[str, str]]] = [
        (None, {"name": "Anna", "username": "anna"}),
        (None, {"name": "Bruno", "username": "Anna"}),
        ("0" * 16, {"note": "nobody"}),
        (service, {"name": "Desk"}),
        (None, {"name": "Claire", "phone": "12"}),
    ]
    lines = [ClientLine(id=id_, fields=ClientFields(**fields)) for id_, fields in said]  # type: ignore[arg-type]
    wrong = client_import.take(store, console(), ClientImport(clients=lines), "")
    found = [(each.position, each.code) for each in wrong.wrong]
    assert found == [(1, "username_taken"), (2, "client_unknown"), (4, "phone_invalid")]
    with store.read() as tx:
        assert tx.connection.execute(select(client.c.name)).scalars().all() == ["Service"]
        assert audit.verify(tx).head == before
    right = ClientImport(clients=[lines[0], lines[3]])
    for dry in (True, False):
        done = client_import.take(store, console(), ClientImport(clients=right.clients, dry_run=dry), "")
        assert (len(done.added), done.changed, done.added[0].code is None) == (1, 1, dry)
    with store.read() as tx:
        assert set(tx.connection.execute(select(client.c.name)).scalars()) == {"Anna", "Desk"}
        assert audit.verify(tx).ok
    stale = Principal("x", "192.0.2.1", admin=True)
    admin = ClientImport(clients=[ClientLine(fields=ClientFields(name="Eve", admin=True))])
    with pytest.raises(Refused, match="reauthentication_needed"):
        client_import.take(store, stale, admin, "")
    store.close()
