"""E-mail-to-SMS against a real mail server: what arrives, what is refused, what takes too long."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from tests.sms.gateway import closed_port
from vestibule.sms.channel import Message, Progress, Receipt
from vestibule.sms.kinds import Secret, Smtp
from vestibule.sms.smtp import SmtpChannel

ONE = Message("00112233445566ff", "+41791234567", "Code d’accès : 481516 ✓\nBcc: x@evil.example", "Haüs", 600)
PASSWORD = "passwort-4711"


class Mailbox:
    """Takes mail, or answers what it is told to, as late as it is told to."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.to_recipient = self.to_data = ""
        self.wait = 0.0

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.wait)
        if self.to_data:
            return self.to_data
        self.taken.append(envelope)
        return "250 OK"

    def mail(self) -> EmailMessage:
        (envelope,) = self.taken
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        return mail


def knows(server: Server, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"site", PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def server(
    pem: Path | None = None, *, implicit: bool = False, **options: Any
) -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    if pem:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pem)
        options |= {"ssl_context" if implicit else "tls_context": context}
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


def channel(port: int, **keys: Any) -> SmtpChannel:
    common: dict[str, Any] = {"mail_from": "desk@haus.example", "recipient": "{to_plain}@sms.example"}
    return SmtpChannel(
        Smtp(host="127.0.0.1", port=port, **{**common, "tls": "none", "time_limit": 3.0, **keys})
    )


def test_the_mail_says_what_the_message_says() -> None:
    with server() as (box, port):
        made = channel(port, subject="{sender} {to_00}")
        assert made.check() == ""
        assert made.send(ONE) == Receipt(Progress.SENT)
        (envelope,) = box.taken
        assert envelope.mail_from == "desk@haus.example"
        assert envelope.rcpt_tos == ["41791234567@sms.example"]
        assert box.mail()["To"] == "41791234567@sms.example"
        assert box.mail()["Subject"] == "Haüs 0041791234567"
        assert box.mail()["Message-ID"] == f"<{ONE.ref}@haus.example>"
        assert box.mail()["Auto-Submitted"] == "auto-generated"
        assert box.mail()["Bcc"] is None
        assert box.mail().get_content().replace("\r\n", "\n").rstrip("\n") == ONE.text
        assert "481516" not in str(box.mail()["Subject"])
        box.taken.clear()
        channel(port).send(Message(ONE.ref, ONE.to, "Code 481516", "", 60))
        assert box.mail().get_payload() == "Code 481516\r\n"
        assert box.mail()["Subject"] is None


def test_a_refusal_is_told_without_the_text() -> None:
    with server() as (box, port):
        made = channel(port)
        box.to_recipient = "550 5.1.1 No such subscriber"
        assert made.send(ONE) == Receipt(Progress.FAILED, reason="SMTP 550: 5.1.1 No such subscriber")
        box.to_recipient = "451 4.3.0 Try later"
        assert made.send(ONE) == Receipt(Progress.FAILED, reason="SMTP 451: 4.3.0 Try later", again=True)
        box.to_recipient, box.to_data = "", "554 5.7.1 Spam: 'Code d’accès : 481516' or 481 516"
        told = made.send(ONE)
        assert told.reason.startswith("SMTP 554: 5.7.1 Spam")
        assert "4815" not in told.reason.replace(" ", "")
        assert box.taken == []


def test_only_a_trusted_server_is_told_the_password(pem: Path) -> None:
    account: dict[str, Any] = {"user": "site", "password": Secret(PASSWORD), "ca_file": pem}
    options: dict[str, Any] = {"authenticator": knows, "auth_required": True, "auth_require_tls": True}
    with server(pem, require_starttls=True, **options) as (box, port):
        assert channel(port, tls="starttls", **account).send(ONE) == Receipt(Progress.SENT)
        assert channel(port, tls="starttls", **account).check() == ""
        wrong = channel(port, tls="starttls", **{**account, "password": Secret("falsch")}).send(ONE)
        assert (wrong.progress, wrong.again) == (Progress.FAILED, False)
        assert wrong.reason.startswith("SMTP 535")
        stranger = channel(port, tls="starttls", **{**account, "ca_file": None})
        reason = "the mail server's certificate is not trusted"
        assert stranger.send(ONE) == Receipt(Progress.FAILED, reason=reason)
        assert stranger.check() == "The mail server's certificate is not trusted."
        assert len(box.taken) == 1


def test_tls_from_the_first_byte(pem: Path) -> None:
    with server(pem, implicit=True) as (box, port):
        assert channel(port, tls="tls", ca_file=pem).send(ONE) == Receipt(Progress.SENT)
        assert channel(port, tls="tls").send(ONE).progress is Progress.FAILED
        assert len(box.taken) == 1


def test_no_tls_where_it_is_asked_for_means_no_mail(pem: Path) -> None:
    with server() as (box, port):
        told = channel(port, tls="starttls", ca_file=pem).send(ONE)
        assert told == Receipt(Progress.FAILED, reason="the mail server lacks what these settings need")
        assert channel(port, tls="starttls", ca_file=pem.with_name("none")).send(ONE).again is False
        assert box.taken == []


def test_its_time_limit_holds() -> None:
    with server() as (box, port):
        box.wait = 1.0
        began = time.monotonic()
        told = channel(port, time_limit=0.4).send(ONE)
        assert time.monotonic() - began < 0.9
        assert told.again
        assert told.reason == "the mail server did not answer within 0.4 s"
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began = time.monotonic()
        assert channel(mute.getsockname()[1], time_limit=0.3).send(ONE).again
        assert time.monotonic() - began < 0.8
    dead = channel(closed_port())
    assert dead.send(ONE) == Receipt(Progress.FAILED, reason="no connection to the mail server", again=True)
    assert dead.check() == "No connection to the mail server."


def test_a_slow_farewell_is_no_failure() -> None:
    class Lingering(Mailbox):
        async def handle_QUIT(self, server: Server, session: Session, envelope: Envelope) -> str:
            await asyncio.sleep(5)
            return "221 Bye"

    box = Lingering()
    controller = Controller(box, hostname="127.0.0.1", port=closed_port())
    controller.start()
    try:
        began = time.monotonic()
        assert channel(controller.port).send(ONE) == Receipt(Progress.SENT)
        assert time.monotonic() - began < 2
    finally:
        with contextlib.suppress(RuntimeError):
            controller.stop()
