"""A server's clock is set back by an hour: what has expired stays so, and nobody is thrown out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.access.people import Time, person, stranger
from tests.sites import new_site
from vestibule.access import audit, clients, signin
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.models import ClientNew
from vestibule.store.clock import MINUTE, Clock
from vestibule.store.engine import Store, open_store

HOUR = 60 * MINUTE


def add(store: Store) -> str:
    with store.write() as tx:
        code = clients.add(tx, console(), ClientNew(), "").code
    assert code is not None
    return code.code


def refused(store: Store, code: str) -> str:
    with pytest.raises(Refused) as caught:
        signin.by_code(store, stranger(), code, "Anna", "pc")
    return caught.value.code


def test_an_hour_back_revives_nothing_and_ends_nothing(tmp_path: Path) -> None:
    state = new_site(tmp_path).state
    store = open_store(state)
    time = Time(store)
    anna = person(store, time)
    expired = add(store)
    time.forward(121 * MINUTE)
    opened, fresh = anna.session(), add(store)
    assert refused(store, expired) == "code_expired"
    time.forward(-HOUR)
    for restarted in (False, True):
        if restarted:
            store.close()
            store = anna.store = open_store(state)  # by the real clock, which is two hours behind
        assert refused(store, expired) == "code_expired"
        assert anna.who(opened).client_id == anna.client_id
        assert anna.who(anna.session()).client_id == anna.client_id, "one may sign in meanwhile"
    signin.by_code(store, stranger(), fresh, "Marc", "pc")
    time.forward(HOUR + 13 * HOUR)
    store.clock = Clock(lambda: time.now)
    with pytest.raises(Refused, match="session_over"):
        anna.who(opened)
    with store.read() as tx:
        assert audit.verify(tx).ok
    store.close()
