"""``vestibule serve`` as a gateway runs it: TLS, proxies, metrics, logs, many at once, and a stop."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.server.served import SERVICE, Served, free_port, sample, until
from tests.sites import PASSWORD

PROXY = "127.0.0.2"
WAITING = {"after": 9999, "wait": 25}
JSON = ("--log", "json", "--log-level", "debug")


def sign_in(client: httpx.Client) -> str:
    answer = client.post("/v1/sessions", json=SERVICE)
    assert answer.status_code == 201, answer.text
    token = answer.json()["token"]
    client.headers["Authorization"] = f"Bearer {token}"
    assert isinstance(token, str)
    return token


def test_a_day_behind_a_proxy_leaves_counts_and_a_log_without_secrets(tmp_path: Path) -> None:
    arguments = ("--tls", "--port", free_port(), "--trusted-proxies", PROXY, *JSON)
    with Served(tmp_path, *arguments, WATCHDOG_USEC="4000000") as served:
        served.wait_for("READY=1")
        served.wait_for("WATCHDOG=1")
        with (
            served.client() as here,
            served.client(PROXY, **{"X-Forwarded-For": "1.2.3.4, 203.0.113.9"}) as far,
        ):
            _shows_its_certificate(served, here)
            known = _use_every_credential(here, far)
            _believes_only_its_proxy(here, far)
            _counts(here, far)
        served.stop()
        served.wait_for("STOPPING=1")
        log = served.log.read_text()
    assert [secret for secret in known if secret in log] == []
    requests = [line for line in served.logged() if line["event"] == "request"]
    assert {"/v1/sessions", "/v1/challenges/{challenge}", "/j/{code}", "unknown"} <= {
        line["operation"] for line in requests
    }
    assert {line["source"] for line in requests} == {"127.0.0.1", "203.0.113.9"}
    assert {"password_wrong", "code_unknown", "malformed"} <= {line.get("code") for line in requests}


def _shows_its_certificate(served: Served, here: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", httpx.URL(here.base_url).port or 0)) as plain:
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        with trusting.wrap_socket(plain) as line:
            der = line.getpeercert(binary_form=True)
    assert der is not None
    shown = served.event("fingerprint")["fingerprint"]
    assert shown.replace(" ", "").lower() == hashlib.sha256(der).hexdigest()


def _use_every_credential(here: httpx.Client, far: httpx.Client) -> list[str]:
    """Drive what is secret through every way there is; all of it."""
    made = {
        name: secrets.token_urlsafe(12) for name in ("wrong", "user", "device", "token", "query", "header")
    }
    here.post("/v1/sessions", json=SERVICE | {"password": made["wrong"], "username": made["user"]})
    far.post("/v1/sessions", content=f'{{"mode": "password", "password": "{made["wrong"]}"')
    far.post("/v1/sessions", json={"mode": "device", "token": made["device"]})
    far.get("/v1/me", headers={"Authorization": f"Bearer {made['token']}"})
    here.get("/v1/clients", params={"filter": made["query"], made["query"]: made["query"]})
    here.get(f"/{made['query']}", headers={"X-Secret": made["header"], "Cookie": made["header"]})
    token = sign_in(here)
    challenge = secrets.token_urlsafe(12)
    here.post(f"/v1/challenges/{challenge}", json={"method": "app", "code": "314159"})
    given = here.post("/v1/clients", json={"profile": "Room 12"}).json()["code"]["code"]
    assert given in here.get(f"/j/{given}").text
    otp = {"mode": "otp", "code": given, "name": "Anna Rossi", "device": "pc"}
    guest = far.post("/v1/sessions", json=otp).json()
    far.post("/v1/sessions", json=otp | {"code": "0000-0000-0000"})
    renewed = here.post("/v1/me/reauth", json={"password": PASSWORD}).json()["token"]
    here.headers["Authorization"] = f"Bearer {renewed}"
    here.post("/v1/me/password", json={"current": made["wrong"], "new": made["wrong"]})
    vnc = secrets.token_hex(4)
    changed = {"settings": {"vnc_password": vnc, "cloud_password": made["query"]}, "note": ""}
    assert here.put("/v1/system", json=changed, headers={"If-Match": '"1"'}).status_code == 200
    assert here.post("/v1/system/reveal", json={"name": "vnc_password"}).json()["value"] == vnc
    setup = here.post("/v1/me/factors/app").json()["secret"]
    here.post("/v1/me/factors/app/confirm", json={"code": "271828"})
    codes = [given, given.replace("-", ""), "314159", "271828", challenge, setup, vnc]
    return [*made.values(), *codes, PASSWORD, token, renewed, guest["token"], guest["device_token"]]


def _believes_only_its_proxy(here: httpx.Client, far: httpx.Client) -> None:
    for spoofed in ("198.51.100.1", "198.51.100.2"):
        here.post("/v1/sessions", json=SERVICE | {"password": "x"}, headers={"X-Forwarded-For": spoofed})
    sources = {row["source"] for row in here.get("/v1/audit").json()["rows"]}
    assert sources & {"127.0.0.1", "203.0.113.9", "1.2.3.4", "198.51.100.1"} == {"127.0.0.1", "203.0.113.9"}
    refused = far.get("/v1/server", headers={"X-Forwarded-Proto": "http"})
    assert (refused.status_code, refused.json()["code"]) == (403, "unencrypted")


def _counts(here: httpx.Client, far: httpx.Client) -> None:
    assert far.get("/metrics").json()["code"] == "not_found"
    assert here.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    labels = 'mode="{}",outcome="{}"'
    for mode, outcome in (("otp", "signed_in"), ("otp", "code_unknown"), ("password", "signed_in")):
        assert sample(here, f"vestibule_sign_ins_total{{{labels.format(mode, outcome)}}}") == 1
    assert sample(here, 'vestibule_clients{state="active"}') == 2
    assert sample(here, "vestibule_sessions") == 2
    assert sample(here, "vestibule_database_bytes") > 100_000
    written = here.get("/metrics").text
    assert "Anna" not in written
    assert "203.0.113.9" not in written


def test_many_at_once_and_a_stop_that_answers_them(tmp_path: Path) -> None:
    with Served(tmp_path, "--tls", "--port", free_port(), *JSON) as served, ThreadPoolExecutor(44) as people:
        served.wait_for("READY=1")
        with served.client() as here:
            sign_in(here)
            _sign_in_at_once(served, here, people)
            heard = [people.submit(here.get, "/v1/events", params=WAITING) for _ in range(3)]
            uploading = people.submit(_upload_for_ever, here)
            until(lambda: sample(here, "vestibule_long_polls") == 3)
            until(lambda: any((tmp_path / "state" / "packages").glob("*")))
            assert served.stop() < 3
            assert {answer.result().status_code for answer in heard} == {200}
            uploading.result()


def _sign_in_at_once(served: Served, here: httpx.Client, people: ThreadPoolExecutor) -> None:
    before, waits = served.peak(), []
    # Each of somebody else, who is not known: that is the same work, and nobody has too many attempts.
    bodies = [SERVICE | {"username": f"nobody-{number}"} for number in range(40)]
    logins = [people.submit(here.post, "/v1/sessions", json=body) for body in bodies]
    while not all(login.done() for login in logins):
        began = time.monotonic()
        assert here.get("/v1/me").status_code == 200
        waits.append(time.monotonic() - began)
    assert {login.result().status_code for login in logins} == {401}
    assert served.peak() - before < 200, "MiB; 40 hashes at once would be 760"
    assert sorted(waits)[len(waits) // 2] < 1, "others do not wait behind them"


def _upload_for_ever(client: httpx.Client) -> None:
    package = os.urandom(9_000_000)
    sha256 = hashlib.sha256(package).hexdigest()
    announced = {"name": "haus.tknx", "size": len(package), "sha256": sha256}
    assert client.post("/v1/project/packages", json=announced).status_code in (200, 201)

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(package), 20_000):
            yield package[at : at + 20_000]
            time.sleep(0.05)

    try:
        cut = client.patch(f"/v1/project/packages/{sha256}", content=pieces())
    except httpx.TransportError:
        return  # hung up on while it was sending
    assert (cut.status_code, cut.json()["code"]) == (503, "stopping")
