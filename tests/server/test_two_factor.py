"""Two-factor login over HTTP; the fixtures check every answer against the OpenAPI document."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from anyio import sleep

from tests.server.conftest import serving
from tests.sites import PASSWORD

Json = dict[str, Any]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A site whose text messages land in a file; somebody who has not signed in."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "config.toml").write_text(f'[sms]\nkind = "file"\npath = "{tmp_path / "messages"}"\n')
    (config / "config.toml").chmod(0o600)
    async with serving(tmp_path, config) as client:
        yield client


async def service(site: httpx.AsyncClient) -> httpx.Response:
    return await site.post(
        "/v1/sessions", json={"mode": "password", "username": "service", "password": PASSWORD}
    )


def speak_as(site: httpx.AsyncClient, session: Json) -> None:
    site.headers["Authorization"] = f"Bearer {session['token']}"


def codes_of(secret: str) -> Callable[[], str]:
    """The app's codes, each of a step of its own: the server takes none twice."""
    steps = iter((-1, 0, 1))
    return lambda: pyotp.TOTP(secret).at(int(time.time()) + 30 * next(steps))


async def enrol(site: httpx.AsyncClient) -> tuple[Callable[[], str], Json]:
    setup = (await site.post("/v1/me/factors/app")).json()
    assert pyotp.parse_uri(setup["uri"]).secret == setup["secret"]
    codes = codes_of(setup["secret"])
    added = await site.post("/v1/me/factors/app/confirm", json={"code": codes()})
    assert added.status_code == 200, added.text
    speak_as(site, added.json()["session"])
    return codes, added.json()


async def test_a_login_with_two_factors(site: httpx.AsyncClient) -> None:
    speak_as(site, (await service(site)).json())
    codes, added = await enrol(site)
    assert len(added["recovery_code"].replace("-", "")) == 24
    assert added["session"]["strength"] == "two_factor"
    answer = await service(site)
    assert answer.status_code == 202
    challenge = answer.json()
    assert (challenge["methods"], challenge["phone"]) == (["app", "recovery"], None)
    path = f"/v1/challenges/{challenge['challenge']}"
    wrong = await site.post(path, json={"method": "app", "code": "12345"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "factor_code_incomplete")
    session = await site.post(path, json={"method": "app", "code": codes()})
    assert (session.status_code, session.json()["strength"]) == (201, "two_factor")
    again = await site.post(path, json={"method": "app", "code": codes()})
    assert again.json()["code"] == "challenge_ended"
    speak_as(site, session.json())
    me = (await site.get("/v1/me")).json()
    assert (me["client"]["factors"], me["client"]["asked"], me["strength"]) == (["app"], True, "two_factor")


async def test_sms_from_set_up_to_login(site: httpx.AsyncClient, tmp_path: Path) -> None:
    speak_as(site, (await service(site)).json())
    number = {"country": "CH", "number": "079 123 44 12"}
    assert (await site.post("/v1/me/factors/sms", json=number)).json()["code"] == "sms_off"
    changed = await site.patch("/v1/policy", json={"sms_enabled": True})
    assert changed.json()["sms_enabled"]
    assert {one["name"]: one["met"] for one in changed.json()["requirements"]}["sms_gateway"]
    landline = await site.post("/v1/me/factors/sms", json={"country": "CH", "number": "044 668 18 00"})
    assert (landline.json()["code"], landline.json()["field"]) == ("phone_landline", "number")
    sent = await site.post("/v1/me/factors/sms", json=number)
    assert (sent.json()["phone"], sent.json()["resend_in"]) == ("•••• 4412", 30)
    added = await site.post("/v1/me/factors/sms/confirm", json={"code": await message(tmp_path / "messages")})
    assert added.status_code == 200, added.text
    speak_as(site, added.json()["session"])
    assert (await site.get("/v1/me/factors/sms")).json()["delivery"] == "sent"
    messages = (await site.get("/v1/sms")).json()["messages"]
    assert {one["phone"] for one in messages} == {"•••• 4412"}
    assert "text" not in messages[0]
    challenge = (await service(site)).json()
    assert challenge["methods"] == ["sms", "recovery"]
    too_soon = await site.post(f"/v1/challenges/{challenge['challenge']}/sms")
    assert (too_soon.status_code, too_soon.json()["code"]) == (429, "sms_too_soon")
    missing = await site.get(f"/v1/challenges/{challenge['challenge']}/sms")
    assert missing.json()["code"] == "sms_code_missing"


async def message(file: Path) -> str:
    """The code in the first message, once it has arrived."""
    for _ in range(500):
        if code := _code_in(file):
            return code
        await sleep(0.02)
    raise AssertionError("no message came")


def _code_in(file: Path) -> str:
    lines = file.read_text().split("\n") if file.exists() else []
    return str(json.loads(lines[0])["text"][:6]) if len(lines) > 1 else ""


async def test_who_must_enrol_can_do_nothing_else(site: httpx.AsyncClient) -> None:
    speak_as(site, (await service(site)).json())
    await site.patch("/v1/policy", json={"totp_enabled": True, "internal": True})
    for method, path in (("GET", "/v1/clients"), ("GET", "/v1/system"), ("PATCH", "/v1/policy")):
        refused = await site.request(method, path, json={} if method == "PATCH" else None)
        assert (refused.status_code, refused.json()["code"]) == (403, "enrolment_needed")
    assert (await site.get("/v1/me")).json()["strength"] == "enrolment"
    assert (await service(site)).json()["strength"] == "enrolment"
    assert (await site.get("/v1/events")).status_code == 200
    codes, added = await enrol(site)
    assert (await site.get("/v1/clients")).status_code == 200
    required = await site.request(
        "DELETE", "/v1/me/factors/app", json={"password": PASSWORD, "code": codes()}
    )
    assert (required.status_code, required.json()["code"]) == (409, "factor_required")
    assert added["session"]["strength"] == "two_factor"


async def test_switching_off(site: httpx.AsyncClient) -> None:
    speak_as(site, (await service(site)).json())
    codes, _ = await enrol(site)
    wrong = await site.request("DELETE", "/v1/me/factors/app", json={"password": "no", "code": codes()})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "password_wrong")
    off = await site.request("DELETE", "/v1/me/factors/app", json={"password": PASSWORD, "code": codes()})
    assert (off.status_code, off.json()) == (200, {"recovery_code": None})
    assert (await site.get("/v1/me/factors")).json()["factors"] == []
    unknown = await site.request("DELETE", "/v1/me/factors/pigeon", json={"code": "123456"})
    assert unknown.json()["code"] == "factor_unknown"


async def test_an_admin_resets_a_client(site: httpx.AsyncClient) -> None:
    speak_as(site, (await service(site)).json())
    added = (await site.post("/v1/clients", json={"name": "Anna"})).json()
    reset = await site.post(f"/v1/clients/{added['id']}/reset")
    assert (reset.status_code, reset.json()["factors"]) == (200, [])
    own = (await site.get("/v1/me")).json()["client"]["id"]
    refused = await site.post(f"/v1/clients/{own}/reset")
    assert (refused.status_code, refused.json()["code"]) == (403, "service_reset")


async def test_what_happened_is_told_until_it_was_read(site: httpx.AsyncClient) -> None:
    speak_as(site, (await service(site)).json())
    assert (await site.get("/v1/me/notices")).json() == {"notices": []}
    await enrol(site)
    (notice,) = (await site.get("/v1/me/notices")).json()["notices"]
    assert (notice["what"], notice["factor"]) == ("factor_added", "app")
    assert (await site.post("/v1/me/notices/seen", json={"last": notice["id"]})).status_code == 204
    assert (await site.get("/v1/me/notices")).json() == {"notices": []}


async def test_a_test_message(site: httpx.AsyncClient, tmp_path: Path) -> None:
    speak_as(site, (await service(site)).json())
    wrong = await site.post("/v1/sms", json={"number": "079 123 44 12"})
    assert wrong.json()["code"] == "phone_invalid"
    sent = await site.post("/v1/sms", json={"number": "+41 79 123 44 12"})
    assert (sent.status_code, sent.json()["purpose"]) == (201, "test")
    await message(tmp_path / "messages")
    for _ in range(500):
        one = (await site.get(f"/v1/sms/{sent.json()['id']}")).json()
        if one["delivery"] != "queued":
            break
        await sleep(0.02)
    assert one["delivery"] == "sent"
    assert (await site.get("/v1/sms/nothing")).json()["code"] == "sms_unknown"
    assert (await site.get("/v1/sms?cursor=x-y")).json()["code"] == "cursor_invalid"


async def test_the_policy_is_for_admins(api: httpx.AsyncClient, admin: httpx.AsyncClient) -> None:
    policy = (await admin.get("/v1/policy")).json()
    assert {key: policy[key] for key in ("totp_enabled", "internal", "external", "sms_enabled")} == {
        "totp_enabled": False,
        "internal": False,
        "external": False,
        "sms_enabled": False,
    }
    refused = await admin.patch("/v1/policy", json={"sms_enabled": True})
    assert refused.json()["code"] == "sms_not_set_up"
    unknown = await admin.patch("/v1/policy", json={"role": "admin"})
    assert unknown.status_code == 422
    del api.headers["Authorization"]
    assert (await api.get("/v1/policy")).status_code == 401


async def test_no_secret_is_logged(
    site: httpx.AsyncClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    speak_as(site, (await service(site)).json())
    await site.patch("/v1/policy", json={"sms_enabled": True})
    setup = (await site.post("/v1/me/factors/app")).json()
    codes = codes_of(setup["secret"])
    first = codes()
    added = (await site.post("/v1/me/factors/app/confirm", json={"code": first})).json()
    speak_as(site, added["session"])
    await site.post("/v1/me/factors/sms", json={"country": "CH", "number": "079 123 44 12"})
    sent = await message(tmp_path / "messages")
    await site.post("/v1/me/factors/sms/confirm", json={"code": sent})
    challenge = (await service(site)).json()["challenge"]
    second = codes()
    answer = {"method": "app", "code": second}
    session = (await site.post(f"/v1/challenges/{challenge}", json=answer)).json()
    secrets = [PASSWORD, setup["secret"], first, added["recovery_code"], sent, challenge, second]
    secrets += [session["token"], added["session"]["token"], "+41791234412"]
    # What this test's own client says of its requests is not the server's.
    said = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    told = "\n".join(record.getMessage() for record in said)
    assert [secret for secret in secrets if secret in told] == []
