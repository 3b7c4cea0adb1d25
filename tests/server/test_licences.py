"""Licences and outstanding codes over HTTP; every answer is one the OpenAPI document promises."""

from __future__ import annotations

import httpx
import pytest

NEW = {"code": "vst-clients-10", "component": "Clients", "seats": 1}


async def test_licences_come_and_go(admin: httpx.AsyncClient) -> None:
    for name in ("Anna", "Marc"):
        assert (await admin.post("/v1/clients", json={"name": name})).status_code == 201
    added = await admin.post("/v1/licences", json=NEW)
    assert added.status_code == 201
    assert {**NEW, "code": "VST-CLIENTS-10"}.items() <= added.json().items()
    again = await admin.post("/v1/licences", json=NEW)
    assert (again.status_code, again.json()["code"]) == (409, "licence_exists")
    listed = (await admin.get("/v1/licences")).json()
    assert (listed["licences"], listed["next"]) == ([added.json()], None)
    assert (listed["seats"], listed["clients"]) == (1, 2)
    one = f"/v1/licences/{added.json()['id']}"
    assert [(await admin.delete(one)).status_code for _ in range(2)] == [204, 404]
    assert (await admin.get("/v1/licences")).json()["licences"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "a b"}, "licence_invalid"),
        ({"component": ""}, "component_needed"),
        ({"component": "a\x1b[31m"}, "text_hidden_characters"),
        ({"component": "x" * 200}, "text_too_long"),
        ({"seats": -1}, "invalid"),
        ({"seats": 1.5}, "invalid"),
        ({"seats": 10**9}, "invalid"),
        ({"colour": "red"}, "invalid"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_kept(
    admin: httpx.AsyncClient, change: dict[str, object], code: str
) -> None:
    refused = await admin.post("/v1/licences", json={**NEW, **change})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await admin.get("/v1/licences")).json()["licences"] == []


async def test_codes_that_are_out(admin: httpx.AsyncClient) -> None:
    for minutes in (60, 10):
        await admin.post("/v1/clients", json={"profile": f"{minutes} minutes", "code_minutes": minutes})
    first = (await admin.get("/v1/codes", params={"limit": 1})).json()
    assert (first["codes"][0]["profile"], first["total"]) == ("10 minutes", 2)
    rest = (await admin.get("/v1/codes", params={"cursor": first["next"]})).json()
    assert [code["profile"] for code in rest["codes"]] == ["60 minutes"]
    assert rest["next"] is None
    refused = await admin.get("/v1/codes", params={"cursor": "x"})
    assert (refused.status_code, refused.json()["code"]) == (400, "cursor_invalid")
    assert (await admin.get("/v1/codes", params={"limit": 501})).status_code == 422


async def test_only_admins(admin: httpx.AsyncClient) -> None:
    added = (await admin.post("/v1/clients", json={"name": "Guest"})).json()
    body = {"mode": "otp", "code": added["code"]["code"], "name": "Guest", "device": "pc"}
    token = (await admin.post("/v1/sessions", json=body)).json()["token"]
    asked = [
        ("GET", "/v1/licences"),
        ("POST", "/v1/licences"),
        ("DELETE", "/v1/licences/x"),
        ("GET", "/v1/codes"),
    ]
    for headers, status in (({"Authorization": f"Bearer {token}"}, 403), ({"Authorization": ""}, 401)):
        for method, path in asked:
            content = NEW if method == "POST" else None
            answer = await admin.request(method, path, json=content, headers=headers)
            assert answer.status_code == status, (method, path)


async def test_only_admins_are_listed_when_asked_for(admin: httpx.AsyncClient) -> None:
    for name, is_admin in (("Anna", True), ("Guest", False)):
        await admin.post("/v1/clients", json={"name": name, "admin": is_admin, "code_minutes": 0})
    page = (await admin.get("/v1/clients", params={"admins": "true", "sort": "name"})).json()
    assert ([client["name"] for client in page["clients"]], page["total"]) == (["Anna", "Service"], 2)


async def test_a_waiting_admin_hears_of_a_licence(admin: httpx.AsyncClient) -> None:
    last = (await admin.get("/v1/events")).json()["last"]
    await admin.post("/v1/licences", json=NEW)
    heard = (await admin.get("/v1/events", params={"after": last, "wait": 5})).json()
    assert [event["action"] for event in heard["events"]] == ["licence.added"]
