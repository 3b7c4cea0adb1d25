"""A site gets another vault key; whatever happens meanwhile, one key fits all rows, and nobody is lost."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

import pytest
from sqlalchemy import select, update

from tests.access.people import Person, Time, person, stranger
from tests.sites import Place
from vestibule.access import audit, clients, codes, project, rotation, sessions, settings, signin
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.config import KEY_FILE
from vestibule.models import ClientNew, SystemChange
from vestibule.store import schema
from vestibule.store.engine import Store
from vestibule.store.errors import StoreError
from vestibule.store.vault import NEXT_KEY
from vestibule.two_factor_models import Method

pytestmark = pytest.mark.on_both_databases


def quiet(done: int, whole: int) -> None:
    """Nobody looks."""


@pytest.fixture
def served(place: Place) -> Iterator[Store]:
    """The site, in a process that goes on meanwhile; with something sealed in every corner."""
    store = place.open()
    change = SystemChange({"vnc_password": "hunter22", "automatic_authentication": True}, "")
    project.upload(store, console(), 1, change, place.state / "packages", lambda tx, version: None)
    yield store
    store.close()


def add(store: Store, name: str) -> str:
    with store.write() as tx:
        code = clients.add(tx, console(), ClientNew(name=name), "").code
    assert code is not None
    return code.code


def key_ids(store: Store) -> set[bytes]:
    """Of all that is sealed."""
    with store.read() as tx:
        columns = [
            column
            for table in schema.metadata.sorted_tables
            for column in table.columns
            if column.name.endswith("vaulted")
        ]
        sealed = [select(column).where(column.is_not(None)) for column in columns]
        found = [tx.connection.execute(query).scalars() for query in sealed]
        return {value[:4] for values in found for value in values}


def whole(store: Store, head: str | None = None) -> bool:
    with store.read() as tx:
        return audit.verify(tx, head).ok


def test_nobody_is_lost_and_nothing_opens_with_the_old_key(place: Place, served: Store) -> None:
    anna: Person = person(served, Time(served))
    anna.enrol()
    code = add(served, "Guest")
    device = signin.by_code(served, stranger(), add(served, "Bruno"), "Bruno", "tablet")
    assert isinstance(device, sessions.Opened)
    before, old = key_ids(served), (place.state / KEY_FILE).read_bytes()
    done = rotation.rotate(place.state, place.database, quiet)
    assert done.sealed == 3  # the VNC password, the app, the code that waits
    assert not (place.state / NEXT_KEY).exists()
    assert (place.state / KEY_FILE).read_bytes().split()[1] == old.strip()

    with pytest.raises(StoreError, match="database_busy"), served.read() as tx:
        audit.verify(tx)  # who serves it has not heard of it yet
    assert whole(served, done.head)
    assert before.isdisjoint(key_ids(served))
    with served.read() as tx:
        assert settings.secret_values(tx)["vnc_password"] == "hunter22"
        assert anna.opened is not None
        assert codes.owner(tx, codes.normal(code)) is not None
    assert anna.who(anna.opened).client_id == anna.client_id
    anna.answer(anna.code())
    anna.answer(anna.recovery_code, Method.RECOVERY)
    signin.by_code(served, stranger(), code, "Guest", None)
    signin.by_device(served, stranger(), device.device_token or "")
    again = rotation.rotate(place.state, place.database, quiet)
    assert again.sealed == 2
    assert (place.state / KEY_FILE).read_bytes().split()[1] == old.strip()
    signin.by_device(served, stranger(), device.device_token or "")
    assert whole(served)


def test_cut_off_at_any_moment_one_key_fits(place: Place, served: Store) -> None:
    add(served, "Guest")
    before = key_ids(served)
    old = (place.state / KEY_FILE).read_bytes()

    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(place.state, place.database, stop)
    assert (place.state / NEXT_KEY).exists()
    reopened = place.open()
    assert (whole(reopened), key_ids(reopened)) == (True, before)
    assert (place.state / KEY_FILE).read_bytes() == old
    reopened.close()
    with pytest.raises(KeyboardInterrupt), patch.object(rotation, "put_key_in_force", stop):
        rotation.rotate(place.state, place.database, quiet)
    assert (place.state / KEY_FILE).read_bytes() == old
    add(served, "Late")  # who serves it puts the key in force that the rows need
    assert (place.state / KEY_FILE).read_bytes() != old
    reopened = place.open()
    assert whole(reopened)
    assert len(key_ids(reopened)) == 1
    reopened.close()


def test_a_record_that_was_altered_is_not_sealed_anew(place: Place, served: Store) -> None:
    with served.write() as tx:
        tx.connection.execute(update(schema.audit).where(schema.audit.c.seq == 1).values(actor="nobody"))
    with pytest.raises(Refused, match="record_broken"):
        rotation.rotate(place.state, place.database, quiet)
    assert not whole(served)
