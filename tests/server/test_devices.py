"""Devices and sessions over HTTP: listed, ended at once where somebody waits, limited, judged by path."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from tests.sites import PASSWORD, Place
from tests.waiting import until
from vestibule.access import events
from vestibule.access.principal import Principal
from vestibule.device_models import UNATTENDED
from vestibule.models import Events
from vestibule.server.app import Server
from vestibule.server.operation import Needs, Work
from vestibule.server.routes import OPERATIONS
from vestibule.store.engine import Transaction

Json = dict[str, Any]
SERVICE = {"mode": "password", "username": "service", "password": PASSWORD}


def speaking(session: Json) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['token']}"}


async def come(admin: httpx.AsyncClient, client_id: str, device: str | None) -> Json:
    """A client's sign-in by a new code."""
    code = (await admin.post(f"/v1/clients/{client_id}/code", json={})).json()["code"]
    body = {"mode": "otp", "code": code, "name": "Anna", "device": device}
    session: Json = (await admin.post("/v1/sessions", json=body, headers={"Authorization": ""})).json()
    return session


@pytest.fixture
async def anna(admin: httpx.AsyncClient) -> str:
    """The id of a guest."""
    added = await admin.post("/v1/clients", json={"name": "Anna", "code_minutes": 0})
    return str(added.json()["id"])


@pytest.fixture
def database(place: Place) -> Path:
    return place.state / "site.db"


def change(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database, timeout=5)) as opened, opened:
        opened.execute(statement)


def seen_at(database: Path) -> int:
    with closing(sqlite3.connect(database, timeout=5)) as opened:
        return int(opened.execute("SELECT max(seen_at) FROM session").fetchone()[0])


async def details(admin: httpx.AsyncClient, action: str, outcome: str = "ok") -> list[Json]:
    rows = (await admin.get("/v1/audit", params={"limit": 100})).json()["rows"]
    return [row["detail"] for row in rows if (row["action"], row["outcome"]) == (action, outcome)]


async def names(admin: httpx.AsyncClient, path: str, headers: Json | None = None) -> list[Json]:
    page = (await admin.get(path, headers=headers)).json()
    assert page["next"] is None
    found: list[Json] = page.get("devices") or page.get("sessions") or []
    return found


async def test_oneself_sees_where_one_is_and_ends_the_others(admin: httpx.AsyncClient, anna: str) -> None:
    here = speaking(await come(admin, anna, "phone"))
    there = await come(admin, anna, "tablet")
    kiosk = await come(admin, anna, None)
    assert kiosk["device_token"] is None
    await admin.delete("/v1/sessions/current", headers=speaking(await come(admin, anna, "old phone")))
    listed = await names(admin, "/v1/me/devices", here)
    assert {row["name"]: (row["signed_in"], row["current"]) for row in listed} == {
        "phone": (True, True),
        "tablet": (True, False),
        "old phone": (False, False),
    }
    assert {(row["first_source"], row["last_source"]) for row in listed} == {("127.0.0.1", "127.0.0.1")}
    sessions = await names(admin, "/v1/me/sessions", here)
    assert [row["device_id"] is None for row in sessions].count(True) == 1
    alone = (await admin.get("/v1/me/sessions", params={"alone": True}, headers=here)).json()["sessions"]
    assert [row["source"] for row in alone] == ["127.0.0.1"]
    ended = await admin.delete(f"/v1/me/sessions/{alone[0]['id']}", headers=here)
    assert ended.json() == {"devices": 0, "sessions": 1}
    assert (await admin.get("/v1/me", headers=speaking(kiosk))).json()["code"] == "session_ended"
    again = await admin.delete(f"/v1/me/sessions/{alone[0]['id']}", headers=here)
    assert (again.status_code, again.json()["code"]) == (404, "session_gone")
    ended = await admin.delete("/v1/me/devices", headers=here)
    assert ended.json() == {"devices": 2, "sessions": 1}
    assert [row["name"] for row in await names(admin, "/v1/me/devices", here)] == ["phone"]
    device = {"mode": "device", "token": there["device_token"]}
    assert (await admin.post("/v1/sessions", json=device)).json()["code"] == "device_unknown"
    assert await details(admin, "devices.ended") == [{"devices": 2, "sessions": 1}]


async def test_ending_a_device_is_heard_at_once_where_somebody_waits(
    admin: httpx.AsyncClient, anna: str
) -> None:
    theirs = speaking(await come(admin, anna, "phone"))
    other = (await admin.post("/v1/clients", json={"name": "Else", "code_minutes": 0})).json()["id"]
    last = (await admin.get("/v1/events")).json()["last"]
    waiting = asyncio.create_task(admin.get("/v1/events", params={"after": last, "wait": 20}, headers=theirs))
    await asyncio.sleep(0.05)
    device = (await names(admin, f"/v1/clients/{anna}/devices"))[0]
    assert not device["current"]
    wrong = await admin.delete(f"/v1/clients/{other}/devices/{device['id']}")
    assert wrong.json()["code"] == "device_gone"
    ended = await admin.delete(f"/v1/clients/{anna}/devices/{device['id']}")
    assert ended.json() == {"devices": 1, "sessions": 1}
    heard = await asyncio.wait_for(waiting, 1)
    assert (heard.status_code, heard.json()["code"]) == (401, "session_ended")
    assert await details(admin, "device.ended") == [{"device": "phone", "sessions": 1}]
    assert await names(admin, f"/v1/clients/{anna}/sessions") == []
    assert (await admin.get("/v1/clients/nobody/devices")).json()["code"] == "client_unknown"


async def test_who_has_a_password_proves_it_before_ending_anything(
    admin: httpx.AsyncClient, database: Path
) -> None:
    change(database, "UPDATE session SET fresh_until = 0")
    own = (await admin.get("/v1/me")).json()["client"]["id"]
    for path in ("/v1/me/devices", "/v1/me/sessions/x", f"/v1/clients/{own}/devices"):
        assert (await admin.delete(path)).json()["code"] == "reauthentication_needed"
    session = (await admin.post("/v1/me/reauth", json={"password": PASSWORD})).json()
    admin.headers.update(speaking(session))
    await admin.post("/v1/sessions", json=SERVICE)
    assert (await admin.delete(f"/v1/clients/{own}/devices")).json() == {"devices": 0, "sessions": 1}
    assert [row["current"] for row in await names(admin, "/v1/me/sessions")] == [True]


async def test_an_idle_end_answers_who_waits_without_looking_again_and_again(
    admin: httpx.AsyncClient, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    after = events.after

    def counted(tx: Transaction, who: Principal, seq: int) -> Events:
        looked.append(seq)
        return after(tx, who, seq)

    monkeypatch.setattr(events, "after", counted)
    last = (await admin.get("/v1/events")).json()["last"]
    almost = int(time.time() * 1000) - 60 * 60_000 + 600
    change(database, f"UPDATE session SET seen_at = {almost}")
    begun = time.monotonic()
    heard = await admin.get("/v1/events", params={"after": last, "wait": 20})
    assert (heard.status_code, heard.json()["code"]) == (401, "session_idle")
    assert time.monotonic() - begun < 5
    assert len(looked) < 5


@contextmanager
def busy(database: Path) -> Iterator[None]:
    """Somebody writes for long."""
    with closing(sqlite3.connect(database, isolation_level=None)) as opened:
        opened.execute("BEGIN IMMEDIATE")
        yield
        opened.execute("ROLLBACK")


async def test_use_is_noted_by_requests_that_a_hand_caused_and_never_in_their_way(
    admin: httpx.AsyncClient, database: Path
) -> None:
    earlier = int(time.time() * 1000) - 120_000
    change(database, f"UPDATE session SET seen_at = {earlier}")
    await admin.get("/v1/events")
    await admin.get("/v1/me", headers={UNATTENDED: "1"})
    with busy(database):
        begun = time.monotonic()
        assert (await admin.get("/v1/me")).status_code == 200
        assert time.monotonic() - begun < 2  # seconds less than a write would wait
        assert seen_at(database) == earlier
    await until(lambda: seen_at(database) > earlier)
    noted = seen_at(database)
    await admin.get("/v1/me")
    await asyncio.sleep(0.05)
    assert seen_at(database) == noted  # at most once a minute


async def test_limits_are_shown_and_set(admin: httpx.AsyncClient, anna: str, database: Path) -> None:
    assert (await admin.get("/v1/limits")).json() == {
        "admin_idle_minutes": 60,
        "idle_minutes": 0,
        "session_hours": 12,
    }
    theirs = speaking(await come(admin, anna, "phone"))
    assert (await admin.get("/v1/limits", headers=theirs)).json()["code"] == "admin_needed"
    for wrong in ({"session_hours": 0}, {"idle_minutes": -1}, {"idle_minutes": 1441}):
        assert (await admin.patch("/v1/limits", json=wrong)).json()["code"] == "invalid"
    changed = await admin.patch("/v1/limits", json={"idle_minutes": 5})
    assert changed.json()["idle_minutes"] == 5
    change(database, "UPDATE session SET fresh_until = 0")
    refused = await admin.patch("/v1/limits", json={"idle_minutes": 6})
    assert refused.json()["code"] == "reauthentication_needed"


# --- the path ---------------------------------------------------------------------------------


@pytest.fixture
async def outside(admin: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody elsewhere in the world, at the same server."""
    inside = admin._transport
    assert isinstance(inside, httpx.ASGITransport)
    transport = httpx.ASGITransport(inside.app, raise_app_exceptions=False, client=("8.8.8.8", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        yield client


async def test_without_cloud_access_every_way_in_is_shut_from_outside(
    admin: httpx.AsyncClient, outside: httpx.AsyncClient
) -> None:
    added = (await admin.post("/v1/clients", json={"name": "Anna"})).json()
    otp = {"mode": "otp", "code": added["code"]["code"], "name": "Anna", "device": "phone"}
    session = (await outside.post("/v1/sessions", json=otp)).json()
    assert (await outside.get("/v1/me", headers=speaking(session))).status_code == 200
    last = (await admin.get("/v1/events")).json()["last"]
    waiting = asyncio.create_task(
        outside.get("/v1/events", params={"after": last, "wait": 20}, headers=speaking(session))
    )
    await asyncio.sleep(0.05)
    await admin.patch(f"/v1/clients/{added['id']}", json={"cloud_access": False})
    heard = await asyncio.wait_for(waiting, 1)
    assert (heard.status_code, heard.json()["code"]) == (403, "client_local_only")
    assert (await admin.get("/v1/me", headers=speaking(session))).status_code == 200
    device = {"mode": "device", "token": session["device_token"]}
    assert (await outside.post("/v1/sessions", json=device)).json()["code"] == "client_local_only"
    assert (await admin.post("/v1/sessions", json=device)).status_code == 201
    code = (await admin.post(f"/v1/clients/{added['id']}/code", json={})).json()["code"]
    refused = await outside.post("/v1/sessions", json=otp | {"code": code})
    assert refused.json()["code"] == "client_local_only"
    refusals = await details(admin, "session.opened", "client_local_only")
    assert len(refusals) == 2
    opened = await details(admin, "session.opened")
    assert [row["path"] for row in opened] == ["local", "external", "local"]


async def test_a_second_window_begun_inside_does_not_open_outside(
    admin: httpx.AsyncClient, outside: httpx.AsyncClient
) -> None:
    setup = (await admin.post("/v1/me/factors/app")).json()
    app = pyotp.TOTP(setup["secret"])
    first = app.at(int(time.time()) - 30)
    added = await admin.post("/v1/me/factors/app/confirm", json={"code": first})
    admin.headers.update(speaking(added.json()["session"]))
    own = (await admin.get("/v1/me")).json()["client"]["id"]
    await admin.patch(f"/v1/clients/{own}", json={"cloud_access": False})
    assert (await outside.post("/v1/sessions", json=SERVICE)).json()["code"] == "client_local_only"
    challenge = (await admin.post("/v1/sessions", json=SERVICE)).json()["challenge"]
    answer = {"method": "app", "code": app.now()}
    path = f"/v1/challenges/{challenge}"
    assert (await outside.post(path, json=answer)).json()["code"] == "client_local_only"
    assert (await admin.post(path, json=answer)).status_code == 201


# --- a session that ends while its request is worked on -----------------------------------------

PACKAGE = b"123456789"
SHA = hashlib.sha256(PACKAGE).hexdigest()
LONG = {
    "post_reauth": ("/v1/me/reauth", {"password": PASSWORD}),
    "post_password": ("/v1/me/password", {"new": "seven green lamps above a bridge", "current": PASSWORD}),
    "post_confirm": ("/v1/me/factors/app/confirm", {"code": "123456"}),
    "delete_factor": ("/v1/me/factors/app", {"code": "123456", "password": PASSWORD}),
    "put_system": ("/v1/system", {"settings": {"location": "Bern"}}),
    "post_restore": ("/v1/project/versions/1/restore", {"note": ""}),
    "post_import": ("/v1/clients/import", {"clients": [{"fields": {"name": "Late"}}]}),
    "put_retention": ("/v1/project/retention", {"versions_kept": 3}),
    "post_package": ("/v1/project/packages", {"sha256": SHA, "size": len(PACKAGE), "name": "x"}),
    "patch_package": (f"/v1/project/packages/{SHA}", PACKAGE),
    "patch_policy": ("/v1/policy", {"totp_enabled": True}),
}
"""The operations that decide in a transaction other than the one their caller was recognised in."""


def test_every_long_operation_is_tried() -> None:
    own = [each for each in OPERATIONS if each.needs is not Needs.ANYONE and each.method != "GET"]
    apart = {each.handler.__name__ for each in own if each.work is Work.NOTHING or each.streams}
    assert apart == set(LONG)


async def test_whoever_is_ended_meanwhile_decides_nothing_any_more(
    admin: httpx.AsyncClient, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recognise = Server.principal

    def ended_then(self: Server, *given: Any, **named: Any) -> Any:
        who = recognise(self, *given, **named)
        change(database, "DELETE FROM session")
        return who

    setup = (await admin.post("/v1/me/factors/app")).json()
    code = pyotp.TOTP(setup["secret"]).now()
    confirmed = await admin.post("/v1/me/factors/app/confirm", json={"code": code})
    headers = speaking(confirmed.json()["session"]) | {"If-Match": '"1"'}
    announced = {"sha256": SHA, "size": len(PACKAGE), "name": "x"}
    assert (await admin.post("/v1/project/packages", json=announced, headers=headers)).status_code == 200
    with closing(sqlite3.connect(database, timeout=5)) as opened:
        session = opened.execute("SELECT * FROM session").fetchone()
    back = f"INSERT INTO session VALUES ({','.join('?' * len(session))})"
    for name, (path, body) in LONG.items():
        method = next(each.method for each in OPERATIONS if each.handler.__name__ == name)
        content: Json = {"content": body} if isinstance(body, bytes) else {"json": body}
        with monkeypatch.context() as patched:
            patched.setattr(Server, "principal", ended_then)
            answer = await admin.request(method, path, headers=headers, **content)
        assert answer.json()["code"] == "session_ended", (name, answer.text)
        with closing(sqlite3.connect(database, timeout=5)) as opened, opened:
            opened.execute(back, session)
    assert (await admin.get("/v1/policy", headers=headers)).json()["totp_enabled"] is False
    assert (await admin.get("/v1/system", headers=headers)).json()["version"] == 1
