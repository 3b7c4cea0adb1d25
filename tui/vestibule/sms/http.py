"""The generic HTTP gateway: one request as the settings describe it, one answer read by their rule."""

from __future__ import annotations

import base64
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from vestibule.sms import answers, placeholders, reasons
from vestibule.sms.answers import Answer
from vestibule.sms.channel import NO_RECORD, Message, Progress, Receipt, failed
from vestibule.sms.deadline import TimeLimitReached, within
from vestibule.sms.kinds import Http

BODY_LIMIT = 64 * 1024  # bytes
# httpx writes whole URLs to its log and httpcore every header; both can hold a code or a token.
_TALKATIVE = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")
_ours = threading.local()
T = TypeVar("T")


class _Hush(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(_ours, "now", False)


_HUSH = _Hush()


class _Trouble(Exception):
    """Why there is no receipt from the gateway; ``again``: worth another try."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


class HttpChannel:
    """A gateway in the house or in the cloud. A message it took counts as sent."""

    kind = "http"

    def __init__(self, settings: Http) -> None:
        self._settings = settings

    def send(self, message: Message) -> Receipt:
        """See ``Channel.send``."""
        values = placeholders.of(message) | self._account()
        try:
            return self._talk(lambda line: self._deliver(line, message, values))
        except _Trouble as trouble:
            return failed(str(trouble), again=trouble.again)

    def follow(self, message_ref: str, provider_id: str) -> Receipt:
        """See ``Channel.follow``: ``send`` already told all that is known."""
        return NO_RECORD

    def withdraw(self, message_ref: str) -> None:
        """See ``Channel.withdraw``: nothing is kept here."""

    def check(self) -> str:
        """See ``Channel.check``: the account is tried where the gateway has a harmless request for it."""
        try:
            return self._talk(self._try_out)
        except _Trouble as trouble:
            return reasons.sentence(str(trouble))

    def _deliver(self, line: _Line, message: Message, values: dict[str, str]) -> Receipt:
        settings = self._settings
        values = values | self._token(line)
        answer = line.ask(
            settings.method,
            placeholders.fill_path(settings.url, values),
            auth=self._basic(),
            headers={name: placeholders.fill(value, values) for name, value in settings.headers.items()},
            params=placeholders.fill_flat(settings.query, values) or None,
            **self._body(values),
        )
        verdict = answers.judge(settings, answer)
        secrets = self._secrets(values)
        if verdict.went:
            return Receipt(Progress.SENT, reasons.fit(verdict.provider_id, secrets, message.text))
        return failed(_told(answer, verdict.words, secrets, message.text), again=verdict.again)

    def _body(self, values: Mapping[str, str]) -> dict[str, Any]:
        settings = self._settings
        if settings.json is not None:
            return {"json": placeholders.fill_all(settings.json, values)}
        if settings.form is not None:
            return {"data": placeholders.fill_flat(settings.form, values)}
        if settings.raw is not None:
            return {"content": values["text"].encode()}
        return {}

    def _token(self, line: _Line) -> dict[str, str]:
        """What the first step answers; {} when there is none. Raises ``_Trouble``."""
        login = self._settings.login
        if login is None:
            return {}
        account = self._account()
        answer = line.ask("POST", login.url, json=placeholders.fill_all(login.json, account))
        found = answers.look(answer.document, login.token_path)
        if answer.status < 300 and found and isinstance(found[0], str) and found[0]:
            return {"token": found[0]}
        again = answer.status == 429 or answer.status >= 500
        told = _told(answer, answers.judge(self._settings, answer).words, self._secrets(account))
        raise _Trouble(reasons.shortened(f"login: {told}"), again=again)

    def _try_out(self, line: _Line) -> str:
        settings = self._settings
        if settings.login is not None:
            self._token(line)
            return ""
        account = self._account()
        if not settings.check_url:
            line.reach(settings.proxy or settings.url)
            return ""
        url = placeholders.fill_path(settings.check_url, account)
        headers = {name: placeholders.fill(value, account) for name, value in settings.headers.items()}
        answer = line.ask("GET", url, auth=self._basic(), headers=headers)
        if answer.status in (401, 403):
            return f"The gateway refuses this account (HTTP {answer.status})."
        return "" if answer.status < 300 else f"The gateway answers HTTP {answer.status}."

    def _account(self) -> dict[str, str]:
        return {"user": self._settings.user, "password": self._settings.password.reveal()}

    def _basic(self) -> tuple[str, str] | None:
        settings = self._settings
        return (settings.user, settings.password.reveal()) if settings.basic else None

    def _secrets(self, values: Mapping[str, str]) -> list[str]:
        pair = f"{values['user']}:{values['password']}".encode()
        inline = [value for value in self._settings.headers.values() if "{" not in value]
        return [values["password"], values.get("token", ""), base64.b64encode(pair).decode(), *inline]

    def _talk(self, work: Callable[[_Line], T]) -> T:
        """``work`` with a line to the gateway, within the time limit. Raises ``_Trouble``."""
        line = _Line(self._settings)

        def run() -> T:
            with _unlogged(), line:
                return work(line)

        try:
            return within(self._settings.time_limit, run, lambda: line.sockets)
        except _Trouble:
            raise
        except Exception as error:
            raise _trouble(error, self._settings.time_limit) from None


class _Line:
    """One conversation with the gateway: a client of its own, and the sockets it opened."""

    def __init__(self, settings: Http) -> None:
        self._settings = settings
        self.sockets: list[socket.socket] = []

    def __enter__(self) -> _Line:
        import httpx

        settings = self._settings
        self._context = _tls(settings)
        # The environment has no say: neither its proxies nor a .netrc may send a code elsewhere.
        self._client = httpx.Client(
            verify=self._context,
            proxy=settings.proxy or None,
            timeout=settings.time_limit,
            follow_redirects=False,
            trust_env=False,
            # Small devices close a connection without a word; a second request must not meet that.
            limits=httpx.Limits(max_keepalive_connections=0),
            # Unpacking could make a small answer a huge one.
            headers={"User-Agent": "vestibule", "Accept-Encoding": "identity", "Connection": "close"},
        )
        return self

    def __exit__(self, *problem: object) -> None:
        self._client.close()

    def ask(self, method: str, url: str, **request: Any) -> Answer:
        """One request; of the answer's body the first 64 kB."""
        body = bytearray()
        traced = {"trace": self._note}
        with self._client.stream(method, url, extensions=traced, **request) as response:
            for chunk in response.iter_raw():
                body += chunk
                if len(body) >= BODY_LIMIT:
                    break
            media_type = response.headers.get("content-type", "")
            return Answer(response.status_code, media_type, bytes(body[:BODY_LIMIT]))

    def reach(self, url: str) -> None:
        """Connect, with TLS where ``url`` has it, and say nothing."""
        import httpx

        where = httpx.URL(url)
        secure = where.scheme == "https"
        port = where.port or (443 if secure else 80)
        with socket.create_connection((where.host, port), self._settings.time_limit) as plain:
            self.sockets.append(plain)
            if secure:
                with self._context.wrap_socket(plain, server_hostname=where.host):
                    pass

    def _note(self, event: str, details: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self.sockets.append(details["return_value"].get_extra_info("socket"))


def _tls(settings: Http) -> ssl.SSLContext:
    import httpx

    urls = [settings.url, settings.proxy, settings.check_url, settings.login.url if settings.login else ""]
    if not any(url.startswith("https:") for url in urls):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts no one, and is made in no time
    if settings.ca_file is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError:
        raise _Trouble("ca_file cannot be used", again=False) from None


@contextmanager
def _unlogged() -> Iterator[None]:
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_HUSH)
    _ours.now = True
    try:
        yield
    finally:
        _ours.now = False


def _told(answer: Answer, words: str, secrets: list[str], text: str = "") -> str:
    said = reasons.fit(words, secrets, text)
    return reasons.shortened(f"HTTP {answer.status}: {said}" if said else f"HTTP {answer.status}")


def _trouble(error: Exception, seconds: float) -> _Trouble:
    """``error`` in our words: those of the libraries may hold the URL and with it a secret."""
    import httpx

    match error:
        case TimeLimitReached() | httpx.TimeoutException() | TimeoutError():
            return _Trouble(f"the gateway did not answer within {seconds:g} s", again=True)
        case _ if _is_distrust(error):
            return _Trouble("the gateway's certificate is not trusted", again=False)
        case httpx.ConnectError() | httpx.ProxyError() | ConnectionRefusedError() | socket.gaierror():
            return _Trouble("no connection to the gateway", again=True)
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError() | httpx.InvalidURL() | ValueError():
            return _Trouble("no request can be made from these settings", again=False)
        case httpx.HTTPError() | OSError():
            return _Trouble("the connection to the gateway broke", again=True)
    return _Trouble(f"the request failed ({type(error).__name__})", again=False)


def _is_distrust(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
