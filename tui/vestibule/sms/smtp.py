"""An e-mail-to-SMS gateway, spoken to with the standard library's smtplib."""

from __future__ import annotations

import base64
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import TypeVar

from vestibule.sms import placeholders, reasons
from vestibule.sms.channel import NO_RECORD, Message, Progress, Receipt, failed
from vestibule.sms.deadline import TimeLimitReached, within
from vestibule.sms.kinds import Smtp

_PORTS = {"none": 25, "starttls": 587, "tls": 465}
_GOODBYE_SECONDS = 1.0
_LINE_LIMIT = 900
T = TypeVar("T")


class SmtpChannel:
    """A message counts as sent when the mail server took it."""

    kind = "smtp"

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings

    def send(self, message: Message) -> Receipt:
        """See ``Channel.send``."""
        try:
            mail = _mail(self._settings, message)
            self._talk(lambda smtp: smtp.send_message(mail))
        except Exception as error:
            return self._failed(error, message.text)
        return Receipt(Progress.SENT)

    def follow(self, message_ref: str, provider_id: str) -> Receipt:
        """See ``Channel.follow``: the mail server does not tell what became of it."""
        return NO_RECORD

    def withdraw(self, message_ref: str) -> None:
        """See ``Channel.withdraw``: nothing is kept here."""

    def check(self) -> str:
        """See ``Channel.check``: connects, and signs in where there is a user."""
        try:
            self._talk(lambda smtp: smtp.noop())
        except Exception as error:
            return reasons.sentence(self._failed(error, "").reason)
        return ""

    def _talk(self, work: Callable[[smtplib.SMTP], T]) -> T:
        smtp = _client(self._settings)

        def run() -> T:
            try:
                _sign_in(smtp, self._settings)
                done = work(smtp)
                _say_goodbye(smtp)
                return done
            finally:
                smtp.close()

        return within(self._settings.time_limit, run, lambda: [smtp.sock])

    def _failed(self, error: Exception, text: str) -> Receipt:
        settings = self._settings
        words: bytes | str
        match error:
            case TimeLimitReached() | TimeoutError():
                reason = f"the mail server did not answer within {settings.time_limit:g} s"
                return failed(reason, again=True)
            case smtplib.SMTPRecipientsRefused():
                code, words = next(iter(error.recipients.values()))
            case smtplib.SMTPResponseException():
                code, words = error.smtp_code, error.smtp_error
            case smtplib.SMTPNotSupportedError():
                return failed("the mail server lacks what these settings need", again=False)
            case ssl.SSLCertVerificationError():
                return failed("the mail server's certificate is not trusted", again=False)
            case smtplib.SMTPServerDisconnected() | OSError():
                return failed("no connection to the mail server", again=True)
            case _:
                return failed("no mail can be made from these settings", again=False)
        said = words.decode(errors="replace") if isinstance(words, bytes) else words
        told = reasons.fit(said, self._secrets(), text)
        return failed(reasons.shortened(f"SMTP {code}: {told}"), again=code < 500)

    def _secrets(self) -> list[str]:
        user, password = self._settings.user, self._settings.password.reveal()
        both = f"\0{user}\0{password}".encode()
        return [
            password,
            *(base64.b64encode(part).decode() for part in (password.encode(), both) if password),
        ]


def _mail(settings: Smtp, message: Message) -> EmailMessage:
    values = placeholders.of(message)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.mail_from
    mail["To"] = placeholders.fill(settings.recipient, values)
    if settings.subject:
        mail["Subject"] = placeholders.fill(settings.subject, values)
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{message.ref}@{settings.mail_from.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    # As plain as it can be: such gateways are old, and some pass an encoding on as it is.
    plain = message.text.isascii() and len(message.text) < _LINE_LIMIT
    mail.set_content(message.text, cte="7bit" if plain else "quoted-printable")
    return mail


def _client(settings: Smtp) -> smtplib.SMTP:
    # Without a host it does not connect yet, and with a name of ours it does not look one up.
    # Its own patience is for what is left behind: `within` is to notice first, and say why.
    patience = settings.time_limit + _GOODBYE_SECONDS
    if settings.tls == "tls":
        return smtplib.SMTP_SSL(timeout=patience, context=_tls(settings), local_hostname="localhost")
    return smtplib.SMTP(timeout=patience, local_hostname="localhost")


def _sign_in(smtp: smtplib.SMTP, settings: Smtp) -> None:
    # smtplib checks the certificate against this name, which only its constructor sets.
    smtp._host = settings.host  # type: ignore[attr-defined]
    code, words = smtp.connect(settings.host, settings.port or _PORTS[settings.tls])
    if code != 220:
        raise smtplib.SMTPResponseException(code, words)
    if settings.tls == "starttls":
        smtp.starttls(context=_tls(settings))
    if settings.user:
        smtp.login(settings.user, settings.password.reveal())


def _tls(settings: Smtp) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError:
        raise ValueError("ca_file") from None


def _say_goodbye(smtp: smtplib.SMTP) -> None:
    """The server has the mail: it must not become a failure by a slow farewell."""
    with suppress(OSError, smtplib.SMTPException):
        if smtp.sock is not None:
            smtp.sock.settimeout(_GOODBYE_SECONDS)
        smtp.quit()
