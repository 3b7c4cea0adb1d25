"""A sweep: no code and no token in a log, a reason, a repr, an argument or a file that stays."""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from tests.sms.gateway import Asked, Gateway, Says, closed_port
from tests.sms.test_smtp import server
from vestibule.sms import kinds, presets, settings
from vestibule.sms.channel import Message, Receipt
from vestibule.sms.kinds import Secret, SmsSettings

CODE = "918273645546"  # long: no port and no address in a repr holds half of it by chance
TOKEN = "Tok&en/4711==é"
ASCII_TOKEN = "Tok&en/4711=="
ONE = Message("00112233445566ff", "+41791234567", f"Haus: {CODE} est reçu", "Haus", 600)
FORMS = [
    *(CODE[:6], CODE[6:], f"{CODE[:6]} {CODE[6:]}"),
    *(form(token) for token in (TOKEN, ASCII_TOKEN) for form in (str, quote, quote_plus)),
    *(base64.b64encode(f"user:{token}".encode()).decode() for token in (TOKEN, ASCII_TOKEN)),
    *(base64.b64encode(token.encode()).decode() for token in (TOKEN, ASCII_TOKEN)),
    "s3ss10n",
]


@pytest.fixture
def clean(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[object], None]]:
    """Asserts that what it is given, and in the end all that was logged, holds no secret."""

    def check(what: object) -> None:
        for form in FORMS:
            assert form not in f"{what!r} {what}"

    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    yield check
    # What aiosmtpd logs is the gateway's own.
    logged = [record for record in caplog.get_records("call") if not record.name.startswith("mail.")]
    check([record.getMessage() for record in logged])


def echo(asked: Asked) -> str:
    """All that a careless gateway could say back."""
    parts = [asked.path, str(asked.query), str(asked.headers), asked.body.decode()]
    decoded = [asked.basic] if asked.headers.get("authorization", "").startswith("Basic") else []
    return " ".join([*decoded, *parts, f"code {CODE[:6]} {CODE[6:]} half {CODE[4:]}"])


def answers(words: Callable[[Asked], str]) -> list[Callable[[Asked], Says]]:
    """Success by everyone's rule, then every way to fail, each with an echo."""
    leak = {"Set-Cookie": "session=s3ss10n", "Location": f"/else?{quote(ASCII_TOKEN)}={CODE}"}
    good = {
        "success": "100", "status": "created", "id": "1", "sid": "1",
        "messages": [{"status": "0", "message-id": "1"}],
    }  # fmt: skip

    def with_words(status: int) -> Callable[[Asked], Says]:
        return lambda asked: Says(status, words(asked), leak)

    def in_json(status: int) -> Callable[[Asked], Says]:
        def answer(asked: Asked) -> Says:
            said = words(asked)
            parts = [
                {"status": "9", "error-text": said, "error_text": said, "error": said, "description": said}
            ]
            body = {
                "message": said,
                "detail": said,
                "errors": parts,
                "messages": parts,
                "sid": said,
                "id": said,
            }
            return Says(status, body, leak)

        return answer

    def with_token(rest: Callable[[Asked], Says]) -> Callable[[Asked], Says]:
        token = {"data": {"token": "s3ss10n"}}
        return lambda asked: Says(200, token, leak) if asked.path == "/api/login" else rest(asked)

    failures = [with_words(status) for status in (200, 302, 401, 429, 500)]
    failures += [in_json(status) for status in (200, 201, 400, 503)]
    every = [lambda asked: Says(200, good, leak), *failures]
    return [*every, *map(with_token, every)]


def named_gateways(url: str) -> list[SmsSettings]:
    secret = Secret(ASCII_TOKEN)
    common: Any = {"sender": "Haus", "url": url}
    return [
        presets.Twilio(account="user", token=secret, **common).to_http(),
        presets.Vonage(account="user", token=secret, **common).to_http(),
        presets.Elks(account="user", token=secret, **common).to_http(),
        presets.Seven(token=secret, **common).to_http(),
        presets.MessageBird(token=secret, **common).to_http(),
        presets.SmsEagle(token=secret, **common).to_http(),
        presets.Teltonika(user="user", password=secret, **common).to_http(),
        presets.TeltonikaOld(user="user", password=secret, **common).to_http(),
        presets.MikroTik(user="user", password=secret, **common).to_http(),
        kinds.Http(url=url, headers={"Authorization": ASCII_TOKEN}, query={"t": "{text}"}),
        kinds.Http(url=f"{url}/{{password}}", user="user", password=Secret(TOKEN), basic=True, raw="{text}"),
    ]


def use(shape: SmsSettings, clean: Callable[[object], None]) -> Receipt:
    """Everything a channel can be asked, each answer looked through."""
    channel = settings.make(shape)
    receipt = channel.send(ONE)
    said = [receipt, channel.check(), channel.follow(ONE.ref, receipt.provider_id), ONE]
    channel.withdraw(ONE.ref)
    if not (isinstance(shape, kinds.Http) and "Authorization" in shape.headers and not shape.password):
        said.append(shape)
    for one in said:
        clean(one)
    assert len(receipt.reason) <= 200
    return receipt


def test_http_with_gateways_that_repeat_everything(http: Gateway, clean: Callable[[object], None]) -> None:
    seen = set()
    for shape in named_gateways(http.url):
        for answer in answers(echo):
            http.answer = answer
            seen.add(use(shape, clean).progress)
    assert len(seen) == 2
    assert any(CODE in echo(asked) and ASCII_TOKEN in echo(asked) for asked in http.asked)
    for shape in named_gateways(f"http://127.0.0.1:{closed_port()}"):
        use(shape, clean)


def test_our_silence_does_not_silence_others(http: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    import httpx

    use(kinds.Http(url=http.url, query={"t": "{text}"}), lambda _: None)
    caplog.set_level(logging.INFO, "httpx")
    caplog.clear()
    httpx.get(http.url, trust_env=False)
    assert [record.name for record in caplog.records] == ["httpx"]


def test_mail(clean: Callable[[object], None]) -> None:
    with server() as (box, port):
        shape = kinds.Smtp(host="127.0.0.1", port=port, tls="none", mail_from="a@b", recipient="{to_plain}@x")
        use(shape, clean)
        assert len(box.taken) == 1
        box.to_data = f"554 refused {ONE.text} or {CODE[:6]} {CODE[6:]}"
        assert "554" in use(shape, clean).reason
    account: Any = {"user": "user", "password": Secret(ASCII_TOKEN)}
    use(
        kinds.Smtp(host="127.0.0.1", port=closed_port(), mail_from="a@b", recipient="{to}@x", **account),
        clean,
    )


@pytest.mark.parametrize("ends", ["exit 0", 'echo "no: $text" >&2; exit 1', "exit 75", "sleep 9"])
def test_a_command(ends: str, tmp_path: Path, clean: Callable[[object], None]) -> None:
    script = tmp_path / "send"
    lines = f"cd {tmp_path}\ncat /proc/$$/cmdline /proc/$$/environ > seen\nread -r text\n"
    script.write_text(f"#!/bin/sh\n{lines}{ends}\n")
    script.chmod(0o700)
    shape = kinds.Command(argv=(str(script), "{to}", "{sender}", "{ref}"), time_limit=1.0)
    began = time.monotonic()
    use(shape, clean)
    assert time.monotonic() - began < 2
    seen = (tmp_path / "seen").read_bytes()
    assert ONE.ref.encode() in seen
    assert CODE.encode() not in seen


def test_files_and_spool(tmp_path: Path, clean: Callable[[object], None]) -> None:
    for name in ("outbox", "sent", "error"):
        (tmp_path / name).mkdir()
    use(kinds.File(path=tmp_path / "messages"), clean)
    use(kinds.Spool(folder=tmp_path), clean)
    channel = settings.make(kinds.Spool(folder=tmp_path))
    for end in ("sent", "error"):
        channel.send(ONE)
        (path,) = (tmp_path / "outbox").iterdir()
        path.rename(tmp_path / end / path.name)
        clean(channel.follow(ONE.ref, ONE.ref))
    (tmp_path / "outbox").rename(tmp_path / "elsewhere")
    use(kinds.Spool(folder=tmp_path), clean)
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["messages"]
    for path in left:
        assert CODE.encode() not in path.read_bytes()
