"""Answers that are kept hold exactly as long as they would be made the same again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.sites import PASSWORD, Place
from vestibule.access import client_list, clients, sessions
from vestibule.access.principal import console
from vestibule.models import ClientFields, ClientNew
from vestibule.server.app import Server, create_app
from vestibule.server.events import Bell
from vestibule.store.clock import MINUTE, Clock, wall_time
from vestibule.store.engine import Store

SERVICE = {"mode": "password", "username": "service", "password": PASSWORD}
pytestmark = pytest.mark.on_both_databases


class Site:
    """A server with an admin who asks for the list, and another process on the same database."""

    def __init__(self, store: Store, there: Store, api: httpx.AsyncClient) -> None:
        self.later = 0
        self.there = there
        self._api = api
        store.clock = Clock(lambda: wall_time() + self.later)

    async def states(self) -> dict[str, str]:
        """Of all clients by their names."""
        answer = await self._api.get("/v1/clients", params={"sort": "name"})
        assert answer.status_code == 200, answer.text
        return {one["name"]: one["state"] for one in answer.json()["clients"]}

    async def refused(self) -> str:
        """Why the list is not given."""
        code: str = (await self._api.get("/v1/clients", params={"sort": "name"})).json()["code"]
        return code


@asynccontextmanager
async def asking(place: Place) -> AsyncIterator[Site]:
    store, there = place.open(), place.open()
    server = Server(store, "https://gateway", Bell(store.changes()))
    transport = httpx.ASGITransport(create_app(server))
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as api:
        token = (await api.post("/v1/sessions", json=SERVICE)).json()["token"]
        api.headers["Authorization"] = f"Bearer {token}"
        yield Site(store, there, api)
        await server.usage.close()
        server.bell.close()
    there.close()
    store.close()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """As many entries as times that a list was made."""
    times: list[None] = []
    usual = client_list.page

    def page(*given: Any, **more: Any) -> Any:
        times.append(None)
        return usual(*given, **more)

    monkeypatch.setattr(client_list, "page", page)
    return times


async def test_it_is_made_again_when_another_process_has_written(place: Place, made: list[None]) -> None:
    async with asking(place) as site:
        assert await site.states() == await site.states() == {"Service": "active"}
        assert len(made) == 1, "nobody had written"
        for name in ("Anna", "Bea"):
            with site.there.write() as tx:
                added = clients.add(tx, console(), ClientNew(name=name, code_minutes=0), "")
            assert (await site.states())[name] == "pending"
        with site.there.write() as tx:
            clients.edit(tx, console(), added.id, ClientFields(enabled=False), "")
        assert (await site.states())["Bea"] == "disabled"


async def test_it_is_made_again_when_a_code_ends_though_nobody_writes(place: Place, made: list[None]) -> None:
    async with asking(place) as site:
        with site.there.write() as tx:
            clients.add(tx, console(), ClientNew(name="Anna", code_minutes=10), "")
        assert (await site.states())["Anna"] == "pending"
        site.later = 10 * MINUTE - 5000
        assert (await site.states())["Anna"] == "pending"
        site.later = 10 * MINUTE
        assert (await site.states())["Anna"] == "expired"


async def test_a_session_that_has_ended_gets_nothing_that_is_kept(place: Place, made: list[None]) -> None:
    async with asking(place) as site:
        assert await site.states() == await site.states()
        site.later = 61 * MINUTE
        assert await site.refused() == "session_idle"
    async with asking(place) as site:
        assert await site.states() == await site.states()
        with site.there.write() as tx:
            (service,) = client_list.page(tx, "").clients
            sessions.end_all(tx, service.id)
        assert await site.refused() == "session_ended"
