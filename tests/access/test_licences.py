"""Licences are counted and hinder nobody; the Admin option always stays with somebody; codes that are out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from tests.access.people import stranger
from vestibule.access import audit, audit_list, clients, codes, licences, outstanding, signin
from vestibule.access.principal import Principal, console
from vestibule.access.refused import Refused
from vestibule.models import ClientFields, ClientNew, LicenceNew
from vestibule.store.engine import Store
from vestibule.store.schema import client

LINKS = "https://gateway:7550"


def add(store: Store, **fields: object) -> str:
    with store.write() as tx:
        return clients.add(tx, console(), ClientNew(**fields), LINKS).id  # type: ignore[arg-type]


def add_licence(store: Store, code: str, seats: int = 10, component: str = "Clients") -> str:
    with store.write() as tx:
        new = LicenceNew(code=code, component=component, seats=seats)
        return licences.add(tx, console(), new).id


def edit(store: Store, who: Principal, client_id: str, **fields: object) -> None:
    with store.write() as tx:
        clients.edit(tx, who, client_id, ClientFields(**fields), LINKS)  # type: ignore[arg-type]


def lose(store: Store, client_id: str, fields: dict[str, object] | None) -> None:
    """Edit so, or remove."""
    if fields is not None:
        edit(store, console(), client_id, **fields)
        return
    with store.write() as tx:
        clients.remove(tx, console(), client_id)


def service_id(store: Store) -> str:
    with store.read() as tx:
        found = tx.connection.execute(client.select().where(client.c.service)).one().id
    return str(found)


def an_admin(store: Store) -> Principal:
    added = add(store, name="Anna", admin=True)
    return Principal(added, "192.0.2.1", client_id=added, admin=True, fresh=True)


def test_a_licence_is_kept_as_it_is_printed_on_the_box(store: Store) -> None:
    added = add_licence(store, " vst-2231-77a ", 10)
    with store.read() as tx:
        found = licences.all_of(tx)
    assert [(each.id, each.code, each.component, each.seats) for each in found.licences] == [
        (added, "VST-2231-77A", "Clients", 10)
    ]


@pytest.mark.parametrize(
    "code", ["", "ABC", "A" * 65, "AB CD", "ÄBCD", "-ABC", "ABC-", "AB_CD", "ABC\x1b", "ＡＢＣＤ"]
)
def test_no_licence_code(store: Store, code: str) -> None:
    with pytest.raises(Refused) as refused:
        add_licence(store, code)
    assert (refused.value.code, refused.value.field) == ("licence_invalid", "code")


@pytest.mark.parametrize(
    ("component", "code"),
    [("", "component_needed"), ("  ", "component_needed"), ("\u202e", "text_hidden_characters")],
)
def test_no_component(store: Store, component: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        add_licence(store, "ABCD", component=component)
    assert (refused.value.code, refused.value.field) == (code, "component")


@pytest.mark.on_both_databases
def test_a_code_is_there_once_until_it_is_removed(store: Store) -> None:
    added = add_licence(store, "ABC-1")
    with pytest.raises(Refused, match="licence_exists"):
        add_licence(store, "abc-1")
    with store.write() as tx:
        licences.remove(tx, console(), added)
    with pytest.raises(Refused, match="licence_unknown"), store.write() as tx:
        licences.remove(tx, console(), added)
    add_licence(store, "abc-1")
    with store.read() as tx:
        assert audit.verify(tx).ok
        actions = [row.action for row in audit_list.page(tx, limit=3).rows]
    assert actions == ["licence.added", "licence.removed", "licence.added"]


def test_seats_are_those_of_all_licences_and_clients_who_may_come(store: Store) -> None:
    add(store, name="Anna")
    add(store, name="Marc", code_minutes=0)
    add(store, name="Past", valid_until="2020-01-01")
    edit(store, console(), add(store, name="Off"), enabled=False)
    with store.read() as tx:
        alone = licences.all_of(tx)
    assert (alone.seats, alone.clients, alone.missing) == (0, 2, 0)
    add_licence(store, "CLIENTS-1", 1)
    add_licence(store, "KNX-0001", 0)
    with store.read() as tx:
        one = licences.all_of(tx)
    assert (one.seats, one.clients, one.missing) == (1, 2, 1)
    add(store, name="One more")  # too few seats hinder nobody
    add_licence(store, "CLIENTS-2", 2)
    with store.read() as tx:
        enough = licences.all_of(tx)
    assert (enough.seats, enough.clients, enough.missing) == (3, 3, 0)


# --- the Admin option ---------------------------------------------------------------------------


def test_the_admin_option_needs_a_fresh_proof_and_is_audited(store: Store) -> None:
    admin, guest = an_admin(store), add(store, name="Guest")
    with pytest.raises(Refused, match="reauthentication_needed"):
        edit(store, replace(admin, fresh=False), guest, admin=True)
    edit(store, admin, guest, admin=True)
    with store.read() as tx:
        row = audit_list.page(tx, limit=1).rows[0]
    assert (row.action, row.subject, row.detail["admin"]) == ("client.edited", guest, [False, True])


def test_an_admin_changes_neither_the_service_account_nor_their_own_option(store: Store) -> None:
    admin, service = an_admin(store), service_id(store)
    for fields in ({"admin": False}, {"name": "Mine"}, {"enabled": False}):
        with pytest.raises(Refused, match="service_needed"):
            edit(store, admin, service, **fields)
    with pytest.raises(Refused, match="service_fixed"):
        edit(store, console(), service, admin=False)
    assert admin.client_id is not None
    with pytest.raises(Refused, match="not_yourself"):
        edit(store, admin, admin.client_id, admin=False)


def test_the_service_account_lets_the_last_other_admin_go(store: Store) -> None:
    admin = an_admin(store)
    edit(store, console(), str(admin.client_id), admin=False)


@pytest.mark.parametrize(
    "fields", [{"admin": False}, {"enabled": False}, {"valid_until": "2099-01-01"}, None]
)
def test_somebody_stays_an_admin(store: Store, fields: dict[str, object] | None) -> None:
    admin = str(an_admin(store).client_id)
    with store.write() as tx:  # no rule allows this; a site of before may be so
        tx.connection.execute(update(client).where(client.c.service).values(enabled=False))
    ending = add(store, name="Ending", admin=True, valid_until="2099-01-01")
    with pytest.raises(Refused, match="last_admin"):
        lose(store, admin, fields)
    with store.read() as tx:
        assert clients.get(tx, admin, LINKS).admin
    edit(store, console(), ending, valid_until=None)
    edit(store, console(), admin, admin=False)


# --- codes --------------------------------------------------------------------------------------


@pytest.mark.on_both_databases
def test_codes_that_are_out_end_in_order(store: Store) -> None:
    late = add(store, name="Late", code_minutes=600)
    soon = add(store, profile="Room 12", code_minutes=10)
    tomorrow = add(store, name="Tomorrow", valid_from="2099-01-01", code_minutes=60)
    again = add(store, name="Again")
    with store.write() as tx:
        used = clients.get(tx, again, LINKS).code
        assert used is not None
    signin.by_code(store, stranger("192.0.2.1"), used.code, "Again", "pc")
    revoked, off = add(store, name="Revoked"), add(store, name="Off")
    add(store, name="None", code_minutes=0)
    add(store, name="Past", valid_until="2020-01-01")
    edit(store, console(), off, enabled=False)
    with store.write() as tx:
        codes.revoke(tx, console(), revoked)
    with store.read() as tx:
        found = outstanding.page(tx)
        label = clients.get(tx, soon, LINKS).label
    assert [code.client_id for code in found.codes] == [soon, tomorrow, late]
    assert (found.codes[0].label, found.codes[0].name, found.codes[0].profile) == (label, "", "Room 12")
    assert (found.total, found.next) == (3, None)
    with store.write() as tx:  # one more device of somebody who has a name already
        codes.issue(tx, console(), again, 5)
        first = outstanding.page(tx, 1).codes[0]
    assert (first.client_id, first.name) == (again, "Again")
    assert first.label != "Again"
    assert first.label not in repr(first)


@pytest.mark.on_both_databases
def test_codes_are_read_on_after_the_cursor(store: Store) -> None:
    everybody = {add(store, name=f"Guest {number}") for number in range(5)}
    read: list[str] = []
    cursor: str | None = None
    with store.read() as tx:
        for _ in range(3):
            page = outstanding.page(tx, 2, cursor)
            read += [code.client_id for code in page.codes]
            cursor = page.next
            assert page.total == 5
    assert cursor is None
    assert (len(read), set(read)) == (5, everybody)


@pytest.mark.parametrize("cursor", ["x", "", ".", "-1.a", "１.a", "9" * 20 + ".a"])
def test_no_cursor(store: Store, cursor: str) -> None:
    with pytest.raises(Refused, match="cursor_invalid"), store.read() as tx:
        outstanding.page(tx, 2, cursor)
