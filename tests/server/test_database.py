"""A server whose PostgreSQL is lost, comes back, keeps it waiting, or is written by another server."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import select

from tests.sites import Place
from vestibule.access import clients
from vestibule.access.principal import console
from vestibule.models import ClientNew
from vestibule.store.errors import StoreError
from vestibule.store.schema import client

if TYPE_CHECKING:
    from tests.postgres import Cluster

on_postgresql = pytest.mark.parametrize("place", ["postgresql"], indirect=True)


async def heard(admin: httpx.AsyncClient, place: Place) -> list[str]:
    """The actions that a waiting admin hears of when another server adds a client."""
    last = (await admin.get("/v1/events")).json()["last"]
    waiting = asyncio.create_task(admin.get("/v1/events", params={"after": last, "wait": 10}))
    await asyncio.sleep(0.05)

    def add() -> None:
        other = place.open()
        with other.write() as tx:
            clients.add(tx, console(), ClientNew(code_minutes=0), "")
        other.close()

    await asyncio.to_thread(add)
    return [event["action"] for event in (await waiting).json()["events"]]


@on_postgresql
async def test_what_another_server_does_is_heard_at_once(admin: httpx.AsyncClient, place: Place) -> None:
    assert await heard(admin, place) == ["client.added"]


@on_postgresql
async def test_a_lost_database_is_said_and_healed_without_a_restart(
    admin: httpx.AsyncClient, place: Place, postgres: Cluster
) -> None:
    from tests.postgres import OwnCluster

    if not isinstance(postgres, OwnCluster):
        pytest.skip("a PostgreSQL that others use is not stopped")
    assert await heard(admin, place) == ["client.added"]
    postgres.stop()
    try:
        for answer in (await admin.get("/v1/clients"), await admin.post("/v1/clients", json={})):
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unreachable")
            assert answer.headers["Retry-After"] == "2"
        body = {"mode": "otp", "code": "0000-0000-0000", "name": "Anna", "device": "pc"}
        assert (await admin.post("/v1/sessions", json=body)).json()["code"] == "database_unreachable"
    finally:
        postgres.start()
    assert (await admin.get("/v1/clients")).json()["total"] == 2
    assert await heard(admin, place) == ["client.added"]


@on_postgresql
def test_whoever_waits_too_long_is_told(place: Place) -> None:
    impatient = replace(place.database, url=place.database.url + "?options=-c%20lock_timeout%3D100ms")
    first, second = place.open(), Place(place.state, impatient).open()
    with first.write() as tx:
        service = tx.connection.execute(select(client.c.id)).scalar_one()
        clients.hold(tx, service)
        with pytest.raises(StoreError, match="database_busy"), second.write() as waiting:
            clients.hold(waiting, service)
    with second.write() as tx:
        clients.hold(tx, service)
    first.close()
    second.close()


@pytest.mark.on_both_databases
async def test_what_no_text_holds_is_found_nowhere(admin: httpx.AsyncClient) -> None:
    """PostgreSQL has no zero byte; nor does anything here."""
    for path in ("/v1/clients?filter=%00", "/v1/clients/%00", "/v1/sms/%00"):
        assert (await admin.get(path)).status_code in (200, 404, 422)
    body = {"mode": "password", "username": "a\0", "password": "b"}
    assert (await admin.post("/v1/sessions", json=body)).status_code in (401, 422)
