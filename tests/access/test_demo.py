"""The demo's site: everybody is there, its record is true, and its codes work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.access.people import stranger
from vestibule.access import audit, audit_list, client_list, clients, demo, signin
from vestibule.access.refused import Refused
from vestibule.access.sessions import Opened
from vestibule.access.validity import refusal
from vestibule.models import Client, Kind, State
from vestibule.models import Path as ByPath
from vestibule.store.clock import MINUTE, to_datetime, wall_time
from vestibule.store.engine import Store, open_store

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    state = tmp_path_factory.mktemp("demo") / "state"
    begun = time.process_time()
    demo.create(state, "Haus Lindenhof", PASSWORD, "en")
    assert time.process_time() - begun < 1
    opened = open_store(state)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def everybody(store: Store) -> list[Client]:
    with store.read() as tx:
        return [client for client in client_list.page(tx, "").clients if not client.service]


def reasons(store: Store) -> dict[str, str]:
    """Why whoever has signed in once may not come in now."""
    with store.read() as tx:
        rows = [clients.find(tx, client.id) for client in client_list.page(tx, "").clients]
        refused = {row.name: refusal(row, tx.now, ByPath.LOCAL) for row in rows if row.first_login_at}
    return {name: reason.code for name, reason in refused.items() if reason}


def test_there_is_a_dozen_in_every_state(everybody: list[Client]) -> None:
    assert 12 <= len(everybody) <= 14
    assert {client.state for client in everybody} == set(State)
    assert {(client.kind, client.admin) for client in everybody} >= {
        (Kind.INTERNAL, True),
        (Kind.INTERNAL, False),
        (Kind.EXTERNAL, False),
    }
    assert all(client.profile for client in everybody)
    assert sum(not client.label.isascii() for client in everybody) >= 4


def test_every_reason_to_be_kept_out_is_there(store: Store) -> None:
    assert set(reasons(store).values()) == {
        "client_disabled",
        "client_expired",
        "client_not_yet_valid",
        "client_outside_hours",
    }


def test_codes_are_live_with_various_times_left_expired_and_revoked(everybody: list[Client]) -> None:
    now = to_datetime(wall_time())
    left = sorted(client.code.expires_at - now for client in everybody if client.code)
    assert len(left) == 3
    assert left[0] < timedelta(minutes=30) < left[1] < timedelta(hours=2) < timedelta(days=4) < left[2]
    waiting = [client for client in everybody if client.first_login_at is None and not client.code]
    assert sorted(client.code_expires_at is None for client in waiting) == [False, True]


def test_the_past_is_told_in_order_and_ends_now(store: Store) -> None:
    with store.read() as tx:
        rows = audit_list.page(tx, limit=500).rows[::-1]
        assert audit.verify(tx).ok
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert rows[0].action == "site.created"
    now = to_datetime(wall_time())
    assert now - rows[0].at > timedelta(weeks=4)
    assert timedelta(0) < now - rows[-1].at < timedelta(minutes=5)
    assert {row.outcome for row in rows} == {"ok", "client_disabled"}


def test_everybody_active_has_come_back(everybody: list[Client]) -> None:
    for client in everybody:
        if client.state is State.ACTIVE:
            assert client.first_login_at is not None
            assert client.last_login_at is not None
            assert client.last_login_at > client.first_login_at


def test_the_clock_goes_on_from_the_real_now(store: Store) -> None:
    with store.write() as tx:
        assert abs(tx.now - wall_time()) < MINUTE


def test_the_receptionist_signs_in_by_password(store: Store) -> None:
    assert signin.by_password(store, stranger("192.0.2.1"), "anna.rossi", PASSWORD, None).token


def test_a_waiting_guest_signs_in(store: Store, everybody: list[Client]) -> None:
    waiting = next(client for client in everybody if client.code and client.profile == "Room 12")
    assert waiting.code is not None
    opened = signin.by_code(store, stranger("192.0.2.1"), waiting.code.code, "Ida Berg", "phone")
    assert isinstance(opened, Opened)
    assert opened.client_id == waiting.id
    with pytest.raises(Refused, match="code_used"):
        signin.by_code(store, stranger("192.0.2.1"), waiting.code.code, "Ida Berg", "phone")


def test_a_site_with_a_past_is_not_touched(store: Store) -> None:
    with store.read() as tx:
        before = audit.verify(tx).head
    database = store.engine.url.database
    assert database is not None
    with pytest.raises(Refused, match="site_exists"):
        demo.create(Path(database).parent, "Another", PASSWORD, "en")
    with store.read() as tx:
        assert audit.verify(tx).head == before
