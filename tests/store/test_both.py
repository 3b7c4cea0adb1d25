"""What must be the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.sites import Place
from vestibule.access import client_list, clients
from vestibule.access.principal import console
from vestibule.models import ClientNew, Sort
from vestibule.store.clock import DAY, Clock, wall_time
from vestibule.text import name_key

pytestmark = pytest.mark.on_both_databases
NAMES = (
    "Zoë",
    "zoe",
    "Ähre",
    "ahre",
    "Anna B",
    "Anna-B",
    "Annab",
    "École",
    "ecole",
    "Öl",
    "山田",
    "%",
    "a_b",
)


def test_names_have_one_order_and_are_found_by_their_letters(place: Place) -> None:
    store = place.open()
    with store.write() as tx:
        for name in NAMES:
            clients.add(tx, console(), ClientNew(name=name, code_minutes=0), "")
    read, cursor = [], None
    with store.read() as tx:
        while True:
            page = client_list.page(tx, "", sort=Sort.NAME, limit=4, cursor=cursor)
            read += [one.name for one in page.clients]
            cursor = page.next
            if cursor is None:
                break
        found = {
            typed: [one.name for one in client_list.page(tx, "", filter_text=typed, sort=Sort.NAME).clients]
            for typed in ("ANNA", "%", "_", "ö", "ZO")
        }
    assert read == sorted([*NAMES, "Service"], key=name_key)
    assert found == {typed: [name for name in read if name_key(typed) in name_key(name)] for typed in found}
    store.close()


def test_time_is_the_highest_that_any_process_has_seen(place: Place) -> None:
    ahead, behind = place.open(), place.open()
    ahead.clock = Clock(lambda: wall_time() + DAY)
    with ahead.write() as tx:
        seen = tx.now
    with behind.write() as tx:
        assert tx.now >= seen
    later = place.open()
    with later.read() as tx:
        assert tx.now >= seen
    for store in (ahead, behind, later):
        store.close()


def test_tables_of_a_later_version_still_serve_this_one(place: Place) -> None:
    store = place.open()
    with store.write() as tx:
        ours = tx.connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        tx.connection.exec_driver_sql("ALTER TABLE client ADD COLUMN later TEXT")
    store.close()
    store = place.open()
    with store.write() as tx:
        clients.add(tx, console(), ClientNew(name="Anna"), "")
    store.close()
    store = place.open()
    with store.write() as tx:
        tx.connection.exec_driver_sql("ALTER TABLE client DROP COLUMN later")
        tx.connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{ours}'")
    store.close()
