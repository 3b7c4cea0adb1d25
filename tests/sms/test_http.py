"""The generic HTTP gateway: what it refuses to follow, to swallow, to wait for, and to let in."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.sms.gateway import Gateway, Says, closed_port, gateway
from vestibule.sms.channel import Message, Progress, Receipt
from vestibule.sms.http import HttpChannel
from vestibule.sms.kinds import Http, Secret

ONE = Message("00112233445566ff", "+41791234567", "Code 481516", "Haus", 600)


def channel(url: str, **keys: Any) -> HttpChannel:
    return HttpChannel(Http(url=url, **{"form": {"text": "{text}"}, "time_limit": 3.0, **keys}))


@pytest.mark.parametrize(
    ("says", "reason", "again"),
    [
        (Says(401, "who are you"), "HTTP 401: who are you", False),
        (
            Says(400, "Cannot send 'Code 481516' or 481 516 or 4815"),
            "HTTP 400: Cannot send '••••' or •••• or ••••",
            False,
        ),
        (Says(429), "HTTP 429", True),
        (Says(500, "<h1>Oops</h1>", {"Content-Type": "text/html"}), "HTTP 500", True),
        (Says(503, "a\n\x1b[31m b"), "HTTP 503: a <001B>[31m b", True),
        (Says(400, "y" * 70_000), "HTTP 400: " + "y" * 189 + "…", False),
        (Says(200, "not JSON"), "HTTP 200: its answer cannot be understood", False),
        (Says(200, "[" * 60_000), "HTTP 200: its answer cannot be understood", False),
        (Says(200, {"ok": 1}), 'HTTP 200: {"ok": 1}', False),
        (Says(200, {"ok": "later"}), 'HTTP 200: {"ok": "later"}', True),
    ],
)
def test_a_failure_is_told(http: Gateway, says: Says, reason: str, again: bool) -> None:
    http.answer = lambda asked: says
    made = channel(http.url, json_path="ok", json_values=(True,), again_values=("later",))
    assert made.send(ONE) == Receipt(Progress.FAILED, reason=reason, again=again)


def test_a_redirect_is_not_followed(http: Gateway) -> None:
    for status in (301, 302, 307, 308):
        http.asked.clear()
        http.answer = lambda asked, status=status: Says(status, headers={"Location": f"{http.url}/else"})  # type: ignore[misc]
        told = channel(f"{http.url}/send").send(ONE)
        assert (told.progress, told.again) == (Progress.FAILED, False)
        assert told.reason == f"HTTP {status}: it redirects, and redirects are not followed"
        assert [asked.path for asked in http.asked] == ["/send"]


def test_a_huge_answer_is_not_read_to_its_end(http: Gateway) -> None:
    http.answer = lambda asked: Says(200, b"OK" + b"x" * 30_000_000)
    assert channel(http.url, body_starts="OK").send(ONE).progress is Progress.SENT
    packed = gzip.compress(b"x" * 50_000_000)
    http.answer = lambda asked: Says(200, packed, {"Content-Encoding": "gzip"})
    assert channel(http.url, body_starts="OK").send(ONE).progress is Progress.FAILED
    assert http.asked[-1].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("drip", [0.05])
def test_its_time_limit_holds_for_one_that_answers_byte_by_byte(http: Gateway, drip: float) -> None:
    http.answer = lambda asked: Says(200, b"OK" * 500, drip=drip)
    began = time.monotonic()
    told = channel(http.url, time_limit=0.4).send(ONE)
    assert time.monotonic() - began < 1
    assert told == Receipt(Progress.FAILED, reason="the gateway did not answer within 0.4 s", again=True)
    deadline = time.monotonic() + 2
    while any(thread.name == "sms" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "the thread that was given up did not end"
        time.sleep(0.02)


def test_a_line_that_is_dead_is_worth_another_try() -> None:
    told = channel(f"http://127.0.0.1:{closed_port()}").send(ONE)
    assert told == Receipt(Progress.FAILED, reason="no connection to the gateway", again=True)
    assert channel(f"http://127.0.0.1:{closed_port()}").check() == "No connection to the gateway."
    with socket.create_server(("127.0.0.1", 0)) as mute:
        told = channel(f"http://127.0.0.1:{mute.getsockname()[1]}", time_limit=0.3).send(ONE)
    assert told == Receipt(Progress.FAILED, reason="the gateway did not answer within 0.3 s", again=True)


def test_junk_instead_of_http() -> None:
    def answer() -> None:
        line, _ = server.accept()
        with line:
            line.recv(65536)
            line.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer)
        thread.start()
        told = channel(f"http://127.0.0.1:{server.getsockname()[1]}").send(ONE)
        thread.join()
    assert told == Receipt(Progress.FAILED, reason="the connection to the gateway broke", again=True)


def test_only_a_trusted_certificate(pem: Path) -> None:
    with gateway(pem) as made:
        told = channel(made.url).send(ONE)
        assert told == Receipt(
            Progress.FAILED, reason="the gateway's certificate is not trusted", again=False
        )
        assert channel(made.url).check() == "The gateway's certificate is not trusted."
        assert made.asked == []
        assert channel(made.url, ca_file=pem).send(ONE).progress is Progress.SENT
        assert channel(made.url, ca_file=pem).check() == ""
        elsewhere = channel(made.url.replace("127.0.0.1", "127.0.0.2"), ca_file=pem).send(ONE)
        assert elsewhere.progress is Progress.FAILED
        made.answer = lambda asked: Says(200, b"x" * 1000, drip=0.05)
        began = time.monotonic()
        assert channel(made.url, ca_file=pem, time_limit=0.4).send(ONE).again
        assert time.monotonic() - began < 1
    lost = channel("https://127.0.0.1:1", ca_file=pem.with_name("none")).send(ONE)
    assert lost == Receipt(Progress.FAILED, reason="ca_file cannot be used", again=False)


def test_no_text_becomes_a_field(http: Gateway) -> None:
    evil = '481516&to=+1900","to":"+1900"}\n{password}{text}{to}%0d%0a;é'
    one = Message(ONE.ref, ONE.to, evil, 'S"&to=1', 600)
    common: dict[str, Any] = {"query": {"t": "{text}", "n": "{to_00}"}, "password": Secret("geheim")}
    fields = {"text": "a{text}b", "to": "{to}", "from": "{sender}"}
    wanted = {"text": f"a{evil}b", "to": ONE.to, "from": 'S"&to=1'}
    channel(http.url, **common, form=fields).send(one)
    channel(http.url, **common, form=None, json={"list": [fields], "life": "{seconds}"}).send(one)
    channel(http.url, **common, form=None, raw="{text}").send(one)
    form, json, raw = http.asked
    assert form.form == wanted
    assert json.json == {"list": [wanted], "life": 600}
    assert raw.body == evil.encode()
    assert all(asked.query == {"t": evil, "n": "0041791234567"} for asked in http.asked)


def test_what_is_filled_into_a_url_stays_one_piece_of_its_path(http: Gateway) -> None:
    made = channel(f"{http.url}/{{user}}/{{ref}}", user="../a?b#c")
    assert made.send(ONE).progress is Progress.SENT
    assert http.asked[0].path == "/..%2Fa%3Fb%23c/00112233445566ff"
    assert http.asked[0].query == {}


def test_a_header_that_cannot_be_sent_is_not_told(http: Gateway) -> None:
    made = channel(http.url, headers={"X-Key": "{password}"}, password=Secret("geheim\r\nX-Else: é"))
    told = made.send(ONE)
    assert told == Receipt(Progress.FAILED, reason="no request can be made from these settings")
    assert http.asked == []


def test_the_environment_has_no_say(http: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    assert channel(http.url).send(ONE).progress is Progress.SENT
    assert channel("http://gateway.invalid/sms", proxy=http.url).send(ONE).progress is Progress.SENT
    assert channel("http://gateway.invalid/sms", proxy=http.url).check() == ""


def test_it_keeps_no_record(http: Gateway) -> None:
    made = channel(http.url)
    assert made.follow(ONE.ref, "").progress is Progress.FAILED
    made.withdraw(ONE.ref)
    assert http.asked == []
