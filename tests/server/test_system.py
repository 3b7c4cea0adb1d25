"""System over HTTP: a version at a time, refusals that change nothing, secrets that stay inside."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from vestibule.models import Reveal, Revealed, SystemChange

PASSWORD = "correct horse battery staple"
NEW_PASSWORD = "four blue doors behind it"


async def put(
    admin: httpx.AsyncClient,
    version: int | str | None,
    headers: dict[str, str] | None = None,
    **settings: Any,
) -> httpx.Response:
    match = {} if version is None else {"If-Match": version if isinstance(version, str) else f'"{version}"'}
    body = {"settings": settings, "note": "by a test"}
    return await admin.put("/v1/system", json=body, headers={**match, **(headers or {})})


async def audited(admin: httpx.AsyncClient, action: str) -> list[dict[str, Any]]:
    rows = (await admin.get("/v1/audit", params={"limit": 50})).json()["rows"]
    return [row for row in rows if row["action"] == action]


async def guest_of(service: httpx.AsyncClient, **fields: object) -> dict[str, str]:
    """The authorization of somebody who signed in by code."""
    added = (await service.post("/v1/clients", json=fields)).json()
    body = {"mode": "otp", "code": added["code"]["code"], "name": "Anna", "device": "pc"}
    session = (await service.post("/v1/sessions", json=body)).json()
    return {"Authorization": f"Bearer {session['token']}"}


@pytest.mark.on_both_databases
async def test_an_upload_makes_the_next_version_and_is_audited(admin: httpx.AsyncClient) -> None:
    assert (await admin.get("/v1/system")).headers["ETag"] == '"1"'
    made = await put(admin, 1, location="  Bern ", client_port="8443", latitude="47,3769")
    assert (made.status_code, made.headers["ETag"], made.json()["version"]) == (200, '"2"', 2)
    settings = made.json()["settings"]
    assert (settings["location"], settings["client_port"], settings["latitude"]) == ("Bern", 8443, 47.3769)
    assert (await admin.get("/v1/system")).json() == made.json()
    (row,) = await audited(admin, "system.uploaded")
    assert row["detail"]["version"] == 2
    assert row["detail"]["changed"]["client_port"] == [7550, 8443]
    assert "system_name" not in row["detail"]["changed"]


async def test_without_saying_which_version_was_looked_at_it_is_refused(admin: httpx.AsyncClient) -> None:
    assert (await put(admin, None, location="Bern")).json()["code"] == "version_needed"


@pytest.mark.parametrize("tag", ["*", 'W/"1"', '"0"', '"99"', "x", '"1", "2"'])
async def test_another_version_is_stale_and_changes_nothing(admin: httpx.AsyncClient, tag: str) -> None:
    refused = await put(admin, tag, location="Bern")
    assert (refused.status_code, refused.json()["code"], refused.json()["version"]) == (
        412,
        "version_stale",
        1,
    )
    assert (await admin.get("/v1/system")).json()["settings"]["location"] == ""
    (row,) = await audited(admin, "system.uploaded")
    assert row["outcome"] == "version_stale"


async def test_of_sixty_four_at_once_one_makes_the_version(admin: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(put(admin, 1, location=f"Room {number}") for number in range(64)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 412, 503}
    system = (await admin.get("/v1/system")).json()
    assert system["version"] == 2
    assert system["settings"]["location"] == f"Room {statuses.index(200)}"


@pytest.mark.parametrize("settings", [{}, {"location": " "}, {"client_port": 7550}, {"vnc_password": ""}])
async def test_nothing_changed_makes_no_version(admin: httpx.AsyncClient, settings: dict[str, Any]) -> None:
    assert (await put(admin, 1, **settings)).json()["code"] == "nothing_changed"
    assert (await admin.get("/v1/system")).json()["version"] == 1


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("system_name", "", "system_name_needed"),
        ("system_name", 5, "property_kind"),
        ("server_type", "a\x1b[31m", "text_hidden_characters"),
        ("serial_number", "?", "serial_invalid"),
        ("latitude", 91, "latitude_invalid"),
        ("longitude", "far", "longitude_invalid"),
        ("time_server", "yes", "property_kind"),
        ("local_ip", "192.168.1.300", "address_invalid"),
        ("external_ip", "1.2.3", "host_invalid"),
        ("client_port", 70000, "port_invalid"),
        ("knx_address", "16.1.1", "knx_invalid"),
        ("cloud_connection_policy", "always", "choice_invalid"),
        ("cloud_connection_policy", ["local_only"], "choice_invalid"),
        ("vnc_password", "123", "vnc_password_length"),
        ("password", "short", "password_short"),
        ("password", "Haus Lindenhof 12345", "password_common"),
        ("colour", "red", "property_unknown"),
    ],
)
async def test_what_may_not_stand_there_is_refused_by_its_key(
    admin: httpx.AsyncClient, key: str, value: Any, code: str
) -> None:
    refused = await put(admin, 1, location="Bern", **{key: value})
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (422, code, key)
    system = (await admin.get("/v1/system")).json()
    assert (system["version"], system["settings"]["location"]) == (1, "")


async def test_a_number_with_hundreds_of_digits_is_refused(admin: httpx.AsyncClient) -> None:
    huge = b'{"settings": {"latitude": 1' + b"0" * 400 + b"}}"
    refused = await admin.put("/v1/system", content=huge, headers={"If-Match": '"1"'})
    assert refused.status_code == 422


async def test_the_rows_act_at_once(admin: httpx.AsyncClient) -> None:
    body = {"mode": "otp", "name": "Anna", "device": "pc"}
    added = (await admin.post("/v1/clients", json={})).json()
    await put(admin, 1, system_name="Haus Sonnenhof", use_otp_authentication=False)
    server = (await admin.get("/v1/server")).json()
    assert (server["site"], server["modes"]) == ("Haus Sonnenhof", ["password", "device"])
    refused = await admin.post("/v1/sessions", json={**body, "code": added["code"]["code"]})
    assert refused.json()["code"] == "code_signin_off"
    await put(admin, 2, use_otp_authentication=True, automatic_authentication=False)
    assert (await admin.get("/v1/server")).json()["modes"] == ["password", "otp"]
    session = await admin.post("/v1/sessions", json={**body, "code": added["code"]["code"]})
    device = {"mode": "device", "token": session.json()["device_token"]}
    assert (await admin.post("/v1/sessions", json=device)).json()["code"] == "device_signin_off"


async def test_secrets_never_leave_but_by_reveal(admin: httpx.AsyncClient) -> None:
    made = await put(admin, 1, vnc_password="hunter22", cloud_password="über alle Berge")
    assert made.json()["settings"]["vnc_password"] == {"set": True}
    assert (await put(admin, 2, vnc_password="hunter22")).json()["code"] == "nothing_changed"
    for path in ("/v1/system", "/v1/audit", "/v1/project/versions", "/v1/project/versions/2"):
        text = (await admin.get(path)).text
        assert "hunter22" not in text
        assert "Berge" not in text
    assert (await admin.get("/v1/project/versions/2")).json()["changed"] == ["vnc_password", "cloud_password"]
    shown = await admin.post("/v1/system/reveal", json={"name": "cloud_password"})
    assert shown.json() == {"value": "über alle Berge"}
    (row,) = await audited(admin, "secret.revealed")
    assert row["detail"] == {"name": "cloud_password"}
    assert (await admin.post("/v1/system/reveal", json={"name": "password"})).json()["code"] == "invalid"
    await put(admin, 2, cloud_password="")
    gone = await admin.post("/v1/system/reveal", json={"name": "cloud_password"})
    assert gone.json()["code"] == "secret_missing"


def test_what_holds_a_secret_does_not_print_it() -> None:
    change = SystemChange(settings={"vnc_password": "hunter22"})
    assert "hunter22" not in repr(change) + repr(Revealed(value="hunter22")) + repr(Reveal(name="x"))


@pytest.mark.on_both_databases
async def test_the_service_password_ends_other_sessions_and_keeps_mine(admin: httpx.AsyncClient) -> None:
    signin = {"mode": "password", "username": "service", "password": PASSWORD}
    other = (await admin.post("/v1/sessions", json=signin)).json()
    made = await put(admin, 1, password=NEW_PASSWORD)
    assert made.status_code == 200
    assert NEW_PASSWORD not in made.text + (await admin.get("/v1/audit")).text
    theirs = {"Authorization": f"Bearer {other['token']}"}
    assert (await admin.get("/v1/me", headers=theirs)).json()["code"] == "session_ended"
    assert (await admin.get("/v1/me")).status_code == 200
    assert (await admin.post("/v1/sessions", json=signin)).json()["code"] == "password_wrong"
    assert (await admin.post("/v1/sessions", json={**signin, "password": NEW_PASSWORD})).status_code == 201


async def test_an_admin_who_is_not_fresh_may_change_all_but_secrets(admin: httpx.AsyncClient) -> None:
    theirs = await guest_of(admin, admin=True)
    for secret in ({"vnc_password": "hunter22"}, {"password": NEW_PASSWORD}):
        refused = await put(admin, 1, theirs, **secret)
        assert refused.json()["code"] == "reauthentication_needed"
    refused = await admin.post("/v1/system/reveal", json={"name": "vnc_password"}, headers=theirs)
    assert refused.json()["code"] == "reauthentication_needed"
    assert (await put(admin, 1, theirs, location="Bern")).status_code == 200


async def test_a_fresh_admin_may_not_change_the_service_password(admin: httpx.AsyncClient) -> None:
    theirs = await guest_of(admin, admin=True)
    await admin.post("/v1/me/password", json={"new": PASSWORD}, headers=theirs)
    renewed = await admin.post("/v1/me/reauth", json={"password": PASSWORD}, headers=theirs)
    theirs = {"Authorization": f"Bearer {renewed.json()['token']}"}
    assert (await put(admin, 1, theirs, password=NEW_PASSWORD)).json()["code"] == "service_needed"
    assert (await put(admin, 1, theirs, vnc_password="hunter22")).status_code == 200


async def test_a_guest_may_do_none_of_it(admin: httpx.AsyncClient) -> None:
    theirs = await guest_of(admin)
    package = {"sha256": "0" * 64, "size": 1, "name": "x"}
    answers = [
        await put(admin, 1, theirs, location="Bern"),
        await admin.post("/v1/system/reveal", json={"name": "vnc_password"}, headers=theirs),
        await admin.get("/v1/project/versions", headers=theirs),
        await admin.get("/v1/project/versions/1/package", headers=theirs),
        await admin.post("/v1/project/packages", json=package, headers=theirs),
        await admin.patch(f"/v1/project/packages/{'0' * 64}", content=b"x", headers=theirs),
        await admin.put("/v1/project/retention", json={"versions_kept": 1}, headers=theirs),
    ]
    assert {answer.json()["code"] for answer in answers} == {"admin_needed"}


async def test_waiting_admins_hear_of_an_upload(admin: httpx.AsyncClient) -> None:
    last = (await admin.get("/v1/events")).json()["last"]
    waiting = asyncio.create_task(admin.get("/v1/events", params={"after": last, "wait": 20}))
    await asyncio.sleep(0.05)
    await put(admin, 1, location="Bern")
    heard = (await asyncio.wait_for(waiting, 2)).json()
    assert [(event["action"], event["subject"]) for event in heard["events"]] == [("system.uploaded", None)]
