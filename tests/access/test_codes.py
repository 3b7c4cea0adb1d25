"""One-time codes are used once, by one, and say why when they do not work."""

from __future__ import annotations

from datetime import date

import pytest

from tests.access.people import stranger
from vestibule.access import clients, codes, signin
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.access.sessions import Opened
from vestibule.models import ClientFields, ClientNew, State
from vestibule.store.engine import Store

LINKS = "https://gateway:7550"


def add(store: Store, **fields: object) -> tuple[str, str]:
    with store.write() as tx:
        added = clients.add(tx, console(), ClientNew(**fields), LINKS)  # type: ignore[arg-type]
    assert added.code is not None
    return added.id, added.code.code


def refusal(store: Store, code: str, name: str = "Anna Rossi") -> Refused:
    with pytest.raises(Refused) as caught:
        signin.by_code(store, stranger("192.0.2.1"), code, name, "reception-pc")
    return caught.value


@pytest.mark.on_both_databases
def test_the_code_is_the_label_until_the_first_login_turns_it_into_the_name(store: Store) -> None:
    client_id, code = add(store, profile="Room 12")
    with store.read() as tx:
        assert clients.get(tx, client_id, LINKS).label == code
    opened = signin.by_code(store, stranger("192.0.2.1"), code.lower().replace("-", " "), "Anna Rossi", "pc")
    assert isinstance(opened, Opened)
    assert opened.client_id == client_id
    assert opened.device_token
    with store.read() as tx:
        after = clients.get(tx, client_id, LINKS)
    assert (after.label, after.state, after.code) == ("Anna Rossi", State.ACTIVE, None)


@pytest.mark.on_both_databases
def test_a_code_does_not_work_a_second_time_from_anywhere(store: Store) -> None:
    _, code = add(store)
    signin.by_code(store, stranger("192.0.2.1"), code, "Anna", "pc")
    assert refusal(store, code).code == "code_used"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"enabled": False}, "client_disabled"),
        ({"valid_from": "2099-01-01"}, "client_not_yet_valid"),
        ({"valid_until": "2020-01-01"}, "client_expired"),
    ],
)
@pytest.mark.on_both_databases
def test_every_refusal_names_its_reason_and_spends_nothing(
    store: Store, fields: dict[str, object], reason: str
) -> None:
    client_id, code = add(store, **fields)
    assert refusal(store, code).code == reason
    with store.write() as tx:
        open_again = ClientFields(enabled=True, valid_from=None, valid_until=None)
        clients.edit(tx, console(), client_id, open_again, LINKS)
    opened = signin.by_code(store, stranger("192.0.2.1"), code, "Anna", "pc")
    assert isinstance(opened, Opened)
    assert opened.client_id == client_id


def test_an_end_date_includes_the_whole_day_named(store: Store) -> None:
    _, code = add(store, valid_until=date.today().isoformat())
    assert signin.by_code(store, stranger("192.0.2.1"), code, "Anna", "pc").token


@pytest.mark.on_both_databases
def test_a_new_code_kills_the_old_and_a_revoked_one_says_so(store: Store) -> None:
    client_id, old = add(store)
    with store.write() as tx:
        codes.issue(tx, console(), client_id, 120)
        new = clients.get(tx, client_id, LINKS).code
    assert new is not None
    assert refusal(store, old).code == "code_unknown"
    with store.write() as tx:
        codes.revoke(tx, console(), client_id)
    assert refusal(store, new.code).code == "code_revoked"


@pytest.mark.parametrize("typed", ["7kqm4xpt9d2h", " 7KQM 4XPT 9D2H ", "7KQM-4XPT-9D2H"])
def test_typing_ignores_case_spaces_and_dashes(typed: str) -> None:
    assert codes.normal(typed) == "7KQM4XPT9D2H"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert codes.normal("oil0-OIL0-0000") == "011001100000"


@pytest.mark.parametrize("typed", ["", "7KQM", "7KQM-4XPT-9D2U", "７KQM4XPT9D2H", "7KQM-4XPT-9D2H-7"])
def test_anything_else_is_no_code(typed: str) -> None:
    with pytest.raises(Refused, match="code_incomplete"):
        codes.normal(typed)


@pytest.mark.parametrize("name", ["a\x1b[31m", "a\x00", "a\u202eb", "a\u200bb", "e" + "\u0301" * 5, "x" * 65])
def test_hostile_names_are_refused(store: Store, name: str) -> None:
    _, code = add(store)
    assert refusal(store, code, name).field == "name"


@pytest.mark.parametrize("name", ["[/x]", "[@click=app.quit]x[/]", "山田太郎", "Zoë 🎉", "O'Brien"])
def test_odd_but_visible_names_are_kept_as_they_are(store: Store, name: str) -> None:
    client_id, code = add(store)
    signin.by_code(store, stranger("192.0.2.1"), code, name, "pc")
    with store.read() as tx:
        assert clients.get(tx, client_id, LINKS).name == name
