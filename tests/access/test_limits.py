"""Sessions end when nobody uses them and when they are old, and never come back to life."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.access.people import Person, Time, person
from vestibule.access import audit_list, clients, limits, sessions, signed_in, standing
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.device_models import LimitsChange
from vestibule.models import ClientFields
from vestibule.store import schema
from vestibule.store.clock import DAY, MINUTE
from vestibule.store.engine import Store

HOUR = 60 * MINUTE


@pytest.fixture
def anna(store: Store) -> Person:
    """No admin."""
    return person(store, Time(store))


@pytest.fixture
def admin(anna: Person) -> Person:
    made = person(anna.store, anna.time, "adam")
    make_admin(made, True)
    return made


def make_admin(whom: Person, admin: bool) -> None:
    with whom.store.write() as tx:
        clients.edit(tx, console(), whom.client_id, ClientFields(admin=admin), "")


def change(store: Store, **wanted: int) -> None:
    with store.write() as tx:
        limits.change(tx, console(), LimitsChange(**wanted))


def fate(whom: Person, opened: sessions.Opened) -> str:
    """What is said to whoever comes with this session."""
    try:
        whom.who(opened)
    except Refused as refused:
        return refused.code
    return "in"


def test_an_admin_who_does_nothing_for_an_hour_is_out_and_others_are_not(anna: Person, admin: Person) -> None:
    adams, annas = admin.session(), anna.session()
    anna.time.forward(59 * MINUTE)
    who = admin.who(adams)
    with anna.store.write() as tx:
        sessions.used(tx, str(who.session_id), tx.now)
        sessions.used(tx, str(who.session_id), tx.now - 10 * MINUTE)  # comes late, and takes nothing back
    anna.time.forward(59 * MINUTE)
    assert fate(admin, adams) == "in"
    anna.time.forward(MINUTE)
    assert (fate(admin, adams), fate(anna, annas)) == ("session_idle", "in")
    anna.time.forward(11 * HOUR)
    assert (fate(admin, adams), fate(anna, annas)) == ("session_idle", "session_over")
    with anna.store.write() as tx:
        standing.sweep(tx)
    assert fate(anna, annas) == "session_over"  # the reason is kept for a while
    anna.time.forward(8 * DAY)
    with anna.store.write() as tx:
        standing.sweep(tx)
        assert tx.connection.execute(select(func.count()).select_from(schema.session)).scalar_one() == 0
    assert fate(anna, annas) == "session_ended"


def test_what_has_ended_stays_ended_whatever_limit_comes(anna: Person, admin: Person) -> None:
    change(anna.store, idle_minutes=30)
    over, adams = anna.session(), admin.session()
    anna.time.forward(31 * MINUTE)
    used = anna.session()
    change(anna.store, idle_minutes=0)
    assert (fate(anna, over), fate(anna, used)) == ("session_ended", "in")
    anna.time.forward(30 * MINUTE)
    assert fate(admin, adams) == "session_idle"
    make_admin(admin, False)  # no limit holds from now on
    assert fate(admin, adams) == "session_ended"


def test_a_shorter_life_holds_at_once_a_longer_one_from_the_next_login(anna: Person) -> None:
    opened = anna.session()
    anna.time.forward(HOUR)
    change(anna.store, session_hours=2)
    with anna.store.write() as tx:
        renewed = sessions.renew(tx, str(anna.who(opened).session_id))
    assert fate(anna, opened) == "session_ended"  # the old token
    assert renewed.expires_at == anna.session().expires_at - HOUR
    change(anna.store, session_hours=24)
    anna.time.forward(HOUR)
    assert fate(anna, renewed) == "session_over"
    assert anna.session().expires_at == anna.time.now + 24 * HOUR
    with anna.store.read() as tx:
        changes = [
            row.detail for row in audit_list.page(tx, limit=100).rows if row.action == "limits.changed"
        ]
    assert changes == [{"session_hours": [2, 24]}, {"session_hours": [12, 2]}]


def test_a_long_list_is_read_on_and_ended_at_once(anna: Person) -> None:
    for _ in range(7):
        anna.session()
        anna.time.forward(1)
    who = anna.who(anna.session())
    seen: list[str] = []
    cursor: str | None = None
    with anna.store.read() as tx:
        while True:
            page = signed_in.session_page(tx, who, anna.client_id, cursor, 3, alone=True)
            seen += [session.id for session in page.sessions]
            cursor = page.next
            if cursor is None:
                break
        with pytest.raises(Refused, match="cursor_invalid"):
            signed_in.session_page(tx, who, anna.client_id, "x.y", 3, alone=True)
    assert (len(seen), len(set(seen)), seen[0]) == (8, 8, who.session_id)
    with anna.store.write() as tx:
        assert signed_in.end_all(tx, who, anna.client_id).sessions == 7
        assert signed_in.end_all(tx, console(), anna.client_id).sessions == 1
