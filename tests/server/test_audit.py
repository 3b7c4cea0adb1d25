"""The record over HTTP: for admins only, asked for as its document says, and told as it grows."""

from __future__ import annotations

import asyncio

import httpx

OTP = {"mode": "otp", "name": "Anna Rossi", "device": "pc"}
WRONG = {"mode": "password", "username": "service", "password": "no, it is not", "device": "pc"}


async def test_the_record_is_an_admins_and_answers_only_what_can_be_asked(admin: httpx.AsyncClient) -> None:
    added = (await admin.post("/v1/clients", json={"name": "Anna"})).json()
    session = (await admin.post("/v1/sessions", json={**OTP, "code": added["code"]["code"]})).json()
    guest = {"Authorization": f"Bearer {session['token']}"}
    for path in ("/v1/audit", "/v1/audit/verdict"):
        refused = await admin.get(path, headers=guest)
        assert (refused.status_code, refused.json()["code"]) == (403, "admin_needed")
    asked = {"client": added["id"], "action": "session", "counted": True}
    page = (await admin.get("/v1/audit", params=asked)).json()
    assert [(row["action"], row["actor_name"]) for row in page["rows"]] == [("session.opened", "Anna Rossi")]
    assert (page["total"], page["next"]) == (1, None)
    for wrong in (
        {"client": "Anna"},
        {"action": "x; DROP"},
        {"at": -1},
        {"who": "me"},
        {"match": "a" * 4001},
    ):
        assert (await admin.get("/v1/audit", params=wrong)).json()["code"] == "invalid"
    for cut in ({"head": "12:ab"}, {"head": "12"}, {"after": "x"}, {"limit": 0}):
        assert (await admin.get("/v1/audit/verdict", params=cut)).json()["code"] == "invalid"


async def test_a_refused_attempt_is_told_to_an_admin_who_watches_and_to_nobody_else(
    admin: httpx.AsyncClient,
) -> None:
    added = (await admin.post("/v1/clients", json={"name": "Anna"})).json()
    session = (await admin.post("/v1/sessions", json={**OTP, "code": added["code"]["code"]})).json()
    guest = {"Authorization": f"Bearer {session['token']}"}
    last = (await admin.get("/v1/events")).json()["last"]
    asked = {"after": last, "wait": 20, "every": True}
    watching = asyncio.create_task(admin.get("/v1/events", params=asked))
    listening = asyncio.create_task(admin.get("/v1/events", params={"after": last, "wait": 20}))
    guessing = asyncio.create_task(admin.get("/v1/events", params=asked, headers=guest))
    await asyncio.sleep(0.05)
    assert (await admin.post("/v1/sessions", json=WRONG)).status_code == 401
    told = (await asyncio.wait_for(watching, 3)).json()
    assert told["last"] > last
    assert told["events"] == []
    assert not listening.done()
    assert not guessing.done()
    for waiting in (listening, guessing):
        waiting.cancel()
