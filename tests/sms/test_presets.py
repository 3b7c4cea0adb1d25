"""Each named gateway: its request exactly as the provider's contract has it, its refusals understood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sms.gateway import Asked, Gateway, Says
from vestibule.sms import settings
from vestibule.sms.channel import Channel, Message, Progress, Receipt

TOKEN = "tok&en=4711/x"
TEXT = 'Ihr Code: 123 456 & "gültig" = 10 {ref} Minuten'
ONE = Message("00112233445566ff", "+41791234567", TEXT, "Haus", 600)


def channel(tmp_path: Path, http: Gateway, preset: str, **keys: str) -> Channel:
    """The gateway as an owner sets it up: config.toml beside a file with the secret."""
    (tmp_path / "secret").write_text(TOKEN + "\n")
    (tmp_path / "secret").chmod(0o600)
    lines = {"kind": "http", "preset": preset, "url": http.url, "sender": "Haus", **keys}
    config = "[sms]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
    (tmp_path / "config.toml").write_text(config)
    loaded = settings.load(tmp_path / "config.toml")
    assert loaded is not None
    return settings.make(loaded)


def deliver(made: Channel, http: Gateway, says: Says) -> tuple[Receipt, Asked]:
    http.asked.clear()
    http.answer = lambda asked: says
    receipt = made.send(ONE)
    (asked,) = http.asked
    return receipt, asked


def test_twilio(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "twilio", account="AC42", token_file="secret")
    went, asked = deliver(made, http, Says(201, {"sid": "SM9", "status": "queued"}))
    assert went == Receipt(Progress.SENT, "SM9")
    assert (asked.method, asked.path) == ("POST", "/2010-04-01/Accounts/AC42/Messages.json")
    assert asked.basic == f"AC42:{TOKEN}"
    assert asked.form == {"To": "+41791234567", "From": "Haus", "Body": TEXT, "ValidityPeriod": "600"}
    bad, _ = deliver(made, http, Says(400, {"code": 21211, "message": "Invalid 'To' number", "status": 400}))
    assert bad == Receipt(Progress.FAILED, reason="HTTP 400: Invalid 'To' number")
    busy, _ = deliver(made, http, Says(429, {"code": 20429, "message": "Too Many Requests"}))
    assert busy == Receipt(Progress.FAILED, reason="HTTP 429: Too Many Requests", again=True)
    http.answer = lambda asked: Says(200 if asked.path == "/2010-04-01/Accounts/AC42.json" else 404)
    assert made.check() == ""
    http.answer = lambda asked: Says(401)
    assert made.check() == "The gateway refuses this account (HTTP 401)."


def test_twilio_with_a_key_and_a_messaging_service(tmp_path: Path, http: Gateway) -> None:
    service = "MG" + "0" * 32
    made = channel(tmp_path, http, "twilio", account="AC42", key="SK1", token_file="secret", sender=service)
    http.answer = lambda asked: Says(201, {"sid": "SM9"})
    assert made.send(Message(ONE.ref, ONE.to, TEXT, service, 600)).progress is Progress.SENT
    (asked,) = http.asked
    assert asked.basic == f"SK1:{TOKEN}"
    assert asked.path == "/2010-04-01/Accounts/AC42/Messages.json"
    assert asked.form["MessagingServiceSid"] == service
    assert "From" not in asked.form


def test_vonage(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "vonage", account="abcd1234", token_file="secret")
    part = {"status": "0", "message-id": "V1"}
    went, asked = deliver(made, http, Says(200, {"message-count": "1", "messages": [part]}))
    assert went == Receipt(Progress.SENT, "V1")
    assert (asked.method, asked.path) == ("POST", "/sms/json")
    assert asked.form == {
        "api_key": "abcd1234",
        "api_secret": TOKEN,
        "from": "Haus",
        "to": "41791234567",
        "text": TEXT,
        "type": "text",
        "ttl": "600000",
        "client-ref": ONE.ref,
    }
    http.answer = lambda asked: Says(200, {"messages": [part]})
    made.send(Message(ONE.ref, ONE.to, "d’accès", "Haus", 1))
    assert (http.asked[-1].form["type"], http.asked[-1].form["ttl"]) == ("unicode", "20000")
    second = {"status": "1", "error-text": "Throughput Rate Exceeded"}
    busy, _ = deliver(made, http, Says(200, {"messages": [part, second]}))
    assert busy == Receipt(Progress.FAILED, reason="HTTP 200: Throughput Rate Exceeded", again=True)
    wrong, _ = deliver(
        made, http, Says(200, {"messages": [{"status": "4", "error-text": "Bad Credentials"}]})
    )
    assert wrong == Receipt(Progress.FAILED, reason="HTTP 200: Bad Credentials")
    none, _ = deliver(made, http, Says(200, {"messages": []}))
    assert none.progress is Progress.FAILED


def test_46elks(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "46elks", account="u1", token_file="secret")
    went, asked = deliver(made, http, Says(200, {"id": "s70", "status": "created"}))
    assert went == Receipt(Progress.SENT, "s70")
    assert (asked.method, asked.path, asked.basic) == ("POST", "/a1/sms", f"u1:{TOKEN}")
    assert asked.form == {"from": "Haus", "to": "+41791234567", "message": TEXT, "dontlog": "message"}
    bad, _ = deliver(made, http, Says(403, "Not enough credits"))
    assert bad == Receipt(Progress.FAILED, reason="HTTP 403: Not enough credits")


def test_seven(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "seven", token_file="secret")
    went, asked = deliver(made, http, Says(200, {"success": "100", "messages": [{"id": "77"}]}))
    assert went == Receipt(Progress.SENT, "77")
    assert (asked.method, asked.path, asked.headers["x-api-key"]) == ("POST", "/api/sms", TOKEN)
    assert asked.json == {
        "to": "+41791234567",
        "text": TEXT,
        "from": "Haus",
        "ttl": 10,
        "foreign_id": ONE.ref,
    }
    for code, again in (("900", False), ("600", True)):
        bad, _ = deliver(made, http, Says(200, {"success": code, "messages": []}))
        assert (bad.progress, bad.again) == (Progress.FAILED, again)


def test_messagebird(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "messagebird", token_file="secret")
    went, asked = deliver(made, http, Says(201, {"id": "e8"}))
    assert went == Receipt(Progress.SENT, "e8")
    assert (asked.method, asked.path) == ("POST", "/messages")
    assert asked.headers["authorization"] == f"AccessKey {TOKEN}"
    assert asked.json == {
        "originator": "Haus",
        "recipients": ["41791234567"],
        "body": TEXT,
        "datacoding": "auto",
        "validity": 600,
        "reference": ONE.ref,
    }
    words = "Request not allowed (incorrect access_key)"
    bad, _ = deliver(made, http, Says(401, {"errors": [{"code": 2, "description": words}]}))
    assert bad == Receipt(Progress.FAILED, reason=f"HTTP 401: {words}")


def test_smseagle(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "smseagle", token_file="secret")
    went, asked = deliver(made, http, Says(200, "OK; ID=297"))
    assert went == Receipt(Progress.SENT)
    assert (asked.method, asked.path) == ("GET", "/http_api/send_sms")
    assert asked.query == {
        "access_token": TOKEN,
        "to": "+41791234567",
        "message": TEXT,
        "unicode": "0",
        "validity": "10m",
    }
    bad, _ = deliver(made, http, Says(200, "Invalid access token"))
    assert bad == Receipt(Progress.FAILED, reason="HTTP 200: Invalid access token")
    assert made.check() == ""


def router(asked: Asked, sent: Says) -> Says:
    """A RutOS router: a token for the right password, and nothing without it."""
    if asked.path == "/api/login":
        right = asked.json == {"username": "admin", "password": TOKEN}
        if not right:
            return Says(401, {"success": False, "errors": [{"error": "Login failed for any reason"}]})
        return Says(200, {"success": True, "data": {"username": "admin", "token": "t0k3n", "expires": 299}})
    assert (asked.method, asked.path) == ("POST", "/api/messages/actions/send")
    return sent if asked.headers.get("authorization") == "Bearer t0k3n" else Says(401)


def test_teltonika(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "teltonika", user="admin", password_file="secret", modem="3-1")
    http.answer = lambda asked: router(asked, Says(200, {"success": True, "data": {"sms_used": 1}}))
    assert made.send(ONE) == Receipt(Progress.SENT)
    assert http.asked[1].json == {"data": {"number": "+41791234567", "message": TEXT, "modem": "3-1"}}
    refusal: dict[str, Any] = {"success": False, "errors": [{"code": 113, "error": "Modem t0k3n not found"}]}
    http.answer = lambda asked: router(asked, Says(200, refusal))
    assert made.send(ONE) == Receipt(Progress.FAILED, reason="HTTP 200: Modem •••• not found")
    assert made.check() == ""
    stranger = channel(tmp_path, http, "teltonika", user="guest", password_file="secret")
    refused = stranger.send(ONE)
    assert refused == Receipt(Progress.FAILED, reason="login: HTTP 401: Login failed for any reason")
    assert stranger.check() == "Login: HTTP 401: Login failed for any reason."
    http.answer = lambda asked: Says(503)
    assert made.send(ONE) == Receipt(Progress.FAILED, reason="login: HTTP 503", again=True)


def test_teltonika_before_7_14(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "teltonika_old", user="admin", password_file="secret")
    went, asked = deliver(made, http, Says(200, "OK\n"))
    assert went == Receipt(Progress.SENT)
    assert (asked.method, asked.path) == ("GET", "/cgi-bin/sms_send")
    assert asked.query == {"username": "admin", "password": TOKEN, "number": "0041791234567", "text": TEXT}
    bad, _ = deliver(made, http, Says(200, "WRONG_NUMBER\n"))
    assert bad == Receipt(Progress.FAILED, reason="HTTP 200: WRONG_NUMBER")


def test_mikrotik(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "mikrotik", user="sms", password_file="secret", port="lte2")
    went, asked = deliver(made, http, Says(200, "[]"))
    assert went == Receipt(Progress.SENT)
    assert (asked.method, asked.path, asked.basic) == ("POST", "/rest/tool/sms/send", f"sms:{TOKEN}")
    assert asked.json == {"port": "lte2", "phone-number": "+41791234567", "message": TEXT}
    bad, _ = deliver(
        made, http, Says(400, {"error": 400, "message": "Bad Request", "detail": "no such port"})
    )
    assert bad == Receipt(Progress.FAILED, reason="HTTP 400: no such port")


@pytest.mark.parametrize("preset", ["twilio", "vonage", "46elks", "messagebird"])
def test_a_provider_that_needs_a_sender_gets_one(preset: str, tmp_path: Path, http: Gateway) -> None:
    keys = {} if preset == "messagebird" else {"account": "a"}
    with pytest.raises(settings.SmsSettingsError, match="sender: needed_here"):
        channel(tmp_path, http, preset, token_file="secret", sender="", **keys)


def test_without_a_sender_the_field_is_left_out(tmp_path: Path, http: Gateway) -> None:
    made = channel(tmp_path, http, "seven", token_file="secret", sender="")
    http.answer = lambda asked: Says(200, {"success": "100"})
    assert made.send(Message(ONE.ref, ONE.to, "x", "", 600)).progress is Progress.SENT
    assert "from" not in http.asked[0].json
