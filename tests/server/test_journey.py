"""The front door over HTTP: hand out a code, see it become a name."""

from __future__ import annotations

import asyncio

import httpx
import pytest

OTP = {"mode": "otp", "name": "Anna Rossi", "device": "reception-pc"}


async def issue(admin: httpx.AsyncClient, **fields: object) -> dict[str, str]:
    added = (await admin.post("/v1/clients", json={"profile": "Room 12", **fields})).json()
    return {"id": added["id"], "code": added["code"]["code"]}


@pytest.mark.on_both_databases
async def test_a_code_becomes_a_name_and_the_device_is_remembered(admin: httpx.AsyncClient) -> None:
    given = await issue(admin)
    session = await admin.post("/v1/sessions", json={**OTP, "code": given["code"].lower()})
    assert session.status_code == 201
    listed = (await admin.get("/v1/clients", params={"sort": "name"})).json()
    assert [client["label"] for client in listed["clients"]] == ["Anna Rossi", "Service"]
    device = {"mode": "device", "token": session.json()["device_token"]}
    assert (await admin.post("/v1/sessions", json=device)).status_code == 201
    again = await admin.post("/v1/sessions", json={**OTP, "code": given["code"]})
    assert (again.status_code, again.json()["code"]) == (401, "code_used")


async def test_sixty_four_redeems_at_once_give_one_session(admin: httpx.AsyncClient) -> None:
    given = await issue(admin)
    attempts = [admin.post("/v1/sessions", json={**OTP, "code": given["code"]}) for _ in range(64)]
    statuses = [response.status_code for response in await asyncio.gather(*attempts)]
    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 401, 429}


async def test_a_waiting_admin_hears_of_the_first_login_within_a_second(admin: httpx.AsyncClient) -> None:
    given = await issue(admin)
    last = (await admin.get("/v1/events")).json()["last"]
    waiting = asyncio.create_task(admin.get("/v1/events", params={"after": last, "wait": 20}))
    await asyncio.sleep(0.05)
    await admin.post("/v1/sessions", json={**OTP, "code": given["code"]})
    heard = (await asyncio.wait_for(waiting, 1)).json()
    assert heard["events"][0]["subject"] == given["id"]


@pytest.mark.on_both_databases
async def test_disabling_a_client_ends_its_sessions_at_once(admin: httpx.AsyncClient) -> None:
    given = await issue(admin)
    session = (await admin.post("/v1/sessions", json={**OTP, "code": given["code"]})).json()
    theirs = {"Authorization": f"Bearer {session['token']}"}
    assert (await admin.get("/v1/me", headers=theirs)).status_code == 200
    await admin.patch(f"/v1/clients/{given['id']}", json={"enabled": False})
    refused = await admin.get("/v1/me", headers=theirs)
    assert (refused.status_code, refused.json()["code"]) == (403, "client_disabled")
    await admin.patch(f"/v1/clients/{given['id']}", json={"enabled": True})
    assert (await admin.get("/v1/me", headers=theirs)).json()["code"] == "session_ended"


async def test_the_admin_option_needs_the_password_again(admin: httpx.AsyncClient) -> None:
    given = await issue(admin)
    session = (await admin.post("/v1/sessions", json={**OTP, "code": given["code"]})).json()
    await admin.patch(f"/v1/clients/{given['id']}", json={"admin": True})
    theirs = {"Authorization": f"Bearer {session['token']}"}
    refused = await admin.post("/v1/clients", json={"admin": True}, headers=theirs)
    assert refused.json()["code"] == "reauthentication_needed"


async def test_known_and_unknown_users_get_the_same_answer(api: httpx.AsyncClient) -> None:
    answers = []
    for username in ("service", "nobody"):
        body = {"mode": "password", "username": username, "password": "wrong"}
        answers.append((await api.post("/v1/sessions", json=body)).json())
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "a\x1b[31m"}, "text_hidden_characters"),
        ({"name": "x" * 65}, "text_too_long"),
        ({"role": "admin"}, "invalid"),
        ({"username": "a b"}, "username_invalid"),
        ({"valid_until": "tomorrow"}, "time_unreadable"),
        ({"valid_from": "2027-01-02", "valid_until": "2027-01-01"}, "validity_reversed"),
    ],
)
async def test_bad_fields_are_refused_by_name(
    admin: httpx.AsyncClient, body: dict[str, str], code: str
) -> None:
    assert (await admin.post("/v1/clients", json=body)).json()["code"] == code


async def test_ten_megabytes_are_refused(admin: httpx.AsyncClient) -> None:
    huge = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    assert (await admin.post("/v1/clients", content=huge)).json()["code"] == "body_too_large"


async def test_a_guest_may_not_manage_clients(admin: httpx.AsyncClient) -> None:
    given = await issue(admin)
    session = (await admin.post("/v1/sessions", json={**OTP, "code": given["code"]})).json()
    theirs = {"Authorization": f"Bearer {session['token']}"}
    for path in ("/v1/clients", "/v1/audit", "/v1/system"):
        assert (await admin.get(path, headers=theirs)).json()["code"] == "admin_needed"


@pytest.mark.on_both_databases
async def test_reading_on_by_cursor_gives_every_client_once(admin: httpx.AsyncClient) -> None:
    for number in range(12):
        await issue(admin, name=f"Guest {number}")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "5", **({"cursor": cursor} if cursor else {})}
        page = (await admin.get("/v1/clients", params=params)).json()
        seen += [client["id"] for client in page["clients"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert (len(seen), len(set(seen)), page["total"]) == (13, 13, 13)


async def test_the_landing_page_shows_the_code_in_any_case_and_spends_nothing(
    admin: httpx.AsyncClient,
) -> None:
    given = await issue(admin)
    page = await admin.get("/J/" + given["code"].replace("-", ""))
    assert given["code"] in page.text
    assert (await admin.post("/v1/sessions", json={**OTP, "code": given["code"]})).status_code == 201


@pytest.mark.parametrize(
    ("asked", "language", "said"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de", "Ihr Einmalcode:"),
        ("it-CH, fr;q=0.7", "fr", "Votre code à usage unique :"),
        ("ja", "en", "Your one-time code:"),
    ],
)
async def test_the_landing_page_speaks_the_language_of_the_browser(
    admin: httpx.AsyncClient, asked: str, language: str, said: str
) -> None:
    given = await issue(admin)
    page = await admin.get(f"/j/{given['code']}", headers={"accept-language": asked})
    assert f'<html lang="{language}">' in page.text
    assert said in page.text


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PUT", "/v1/clients")])
async def test_unknown_addresses_are_problems_too(api: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await api.request(method, path)
    assert answer.headers["content-type"] == "application/problem+json"
