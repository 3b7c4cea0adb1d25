"""What the host's config.toml may say about each kind of gateway, under ``[sms]``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

from vestibule.config_fault import ConfigFault
from vestibule.sms import placeholders
from vestibule.text import is_hidden

_PREFIX = re.compile(r"\+[1-9][0-9]{0,6}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_TEMPLATE = re.compile(r"\{([a-z]+)\}")
_TEXT_NAMES = frozenset({"code", "site", "minutes"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SENDER_LIMIT = 40
_TEXT_LIMIT = 400

Count = Annotated[int, Meta(ge=1, le=100_000)]
Port = Annotated[int, Meta(ge=0, le=65_535)]
Filled = Annotated[str, Meta(min_length=1)]


class SmsSettingsError(ValueError):
    """``[sms]`` cannot be used; ``fault`` says why by a code, for whoever reads it in their language."""

    def __init__(self, code: str, key: str = "", detail: str = "", *, table: str = "sms") -> None:
        self.fault = ConfigFault(code=code, table=table, key=key, detail=detail)
        super().__init__(str(self.fault))


class Secret:
    """A password or token: dots wherever it is printed."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "••••"


NO_SECRET = Secret("")


class SmsSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every kind has. ``text`` empty means Vestibule's own, in each client's language; ``prefixes``

    empty means every country; ``time_limit`` is in seconds.
    """

    sender: str = ""
    text: str = ""
    prefixes: tuple[str, ...] = ()
    per_client_per_day: Count = 10
    per_site_per_hour: Count = 60
    country: str = ""
    time_limit: Annotated[float, Meta(gt=0, le=120)] = 15.0

    def __post_init__(self) -> None:
        names = _TEMPLATE.findall(self.text)
        _need(not self.text or "code" in names, "text_without_code", "text")
        _need(set(names) <= _TEXT_NAMES, "text_placeholder_wrong", "text")
        _need(not any(map(is_hidden, self.text.replace("\n", ""))), "not_visible", "text")
        _need(len(self.text) <= _TEXT_LIMIT, "too_long", "text", str(_TEXT_LIMIT))
        _need(all(map(_PREFIX.fullmatch, self.prefixes)), "prefix_invalid", "prefixes")
        _need(not self.country or bool(_COUNTRY.fullmatch(self.country)), "country_invalid", "country")
        _need(not any(map(is_hidden, self.sender)), "not_visible", "sender")
        _need(len(self.sender) <= _SENDER_LIMIT, "too_long", "sender", str(_SENDER_LIMIT))

    def words(self, *, code: str, site: str, minutes: int) -> str:
        """The site's own text of a message with a code."""
        values = {"code": code, "site": site, "minutes": str(minutes)}
        return _TEMPLATE.sub(lambda found: values[found[1]], self.text)

    def allows(self, number: str) -> bool:
        """Whether this site sends to an E.164 ``number``."""
        return not self.prefixes or number.startswith(self.prefixes)


class Spool(SmsSettings, frozen=True, kw_only=True, tag_field="kind", tag="spool"):
    """gammu-smsd's files service. ``stale_after``: seconds after which a waiting message means trouble."""

    folder: Path = Path("/var/spool/gammu")
    outbox: Path | None = None
    sent: Path | None = None
    error: Path | None = None
    pid_file: Path | None = None
    stale_after: Count = 120
    flash: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        distinct = len({self.outbox_folder, self.sent_folder, self.error_folder}) == 3
        _need(distinct, "folders_same", "outbox")

    @property
    def outbox_folder(self) -> Path:
        """smsd's OutboxPath."""
        return self.outbox or self.folder / "outbox"

    @property
    def sent_folder(self) -> Path:
        """smsd's SentSMSPath."""
        return self.sent or self.folder / "sent"

    @property
    def error_folder(self) -> Path:
        """smsd's ErrorSMSPath."""
        return self.error or self.folder / "error"


class Login(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A first step that fetches a token: POST ``json`` to ``url``, find it at ``token_path``."""

    url: Filled
    json: dict[str, Any]
    token_path: Filled


class Http(SmsSettings, frozen=True, kw_only=True, tag_field="kind", tag="http"):
    """Any gateway that speaks HTTP.

    Success is a status of ``statuses`` and, where given, a body that begins with ``body_starts``
    and only ``json_values`` at ``json_path``; ``again_values`` there mean: worth another try.
    Paths are names and indexes joined by dots, ``*`` for every entry.
    """

    url: Filled
    method: Literal["GET", "POST", "PUT"] = "POST"
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    json: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    raw: str | None = None
    user: str = ""
    password: Secret = NO_SECRET
    basic: bool = False
    login: Login | None = None
    statuses: tuple[int, ...] = (200, 201, 202)
    body_starts: str = ""
    json_path: str = ""
    json_values: tuple[str | int | bool, ...] = ()
    again_values: tuple[str | int | bool, ...] = ()
    id_path: str = ""
    reason_path: str = ""
    check_url: str = ""
    ca_file: Path | None = None
    proxy: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        bodies = [body for body in (self.json, self.form, self.raw) if body is not None]
        _need(len(bodies) <= 1, "several_bodies", "json")
        _need(not (bodies and self.method == "GET"), "get_with_body", "method")
        _need(self.raw in (None, "{text}"), "raw_invalid", "raw")
        _need(bool(self.json_path) == bool(self.json_values), "json_path_alone", "json_path")
        for key, url in (("url", self.url), ("check_url", self.check_url), ("proxy", self.proxy)):
            _need(not url or _is_plain_url(url), "url_invalid", key)
        _need(not self.login or _is_plain_url(self.login.url), "url_invalid", "login.url")
        self._check_placeholders()

    def _check_placeholders(self) -> None:
        token = {"token"} if self.login else set()
        inside = placeholders.MESSAGE | placeholders.ACCOUNT | token
        # The text could break out of a line, the sender's letters could not be sent in one.
        outside = placeholders.HARMLESS | placeholders.ACCOUNT | token
        _only("query", self.query, inside)
        _only("json", self.json, inside)
        _only("form", self.form, inside)
        _only("url", self.url, outside)
        _only("headers", self.headers, outside)
        _only("check_url", self.check_url, placeholders.ACCOUNT)
        _only("login", self.login.json if self.login else None, placeholders.ACCOUNT)


class Command(SmsSettings, frozen=True, kw_only=True, tag_field="kind", tag="command"):
    """A program of the site's own: the text on its stdin, number, sender and ref in ``argv``."""

    argv: Annotated[tuple[str, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        super().__post_init__()
        program = self.argv[0]
        _need(Path(program).is_absolute(), "program_invalid", "argv")
        _need(not placeholders.unknown(program, ()), "program_invalid", "argv")
        _only("argv", list(self.argv), placeholders.HARMLESS | {"sender"})


class Smtp(SmsSettings, frozen=True, kw_only=True, tag_field="kind", tag="smtp"):
    """An e-mail-to-SMS gateway. Port 0 is the usual one of ``tls``."""

    host: Filled
    recipient: Filled
    mail_from: str = field(name="from")
    port: Port = 0
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    password: Secret = NO_SECRET
    subject: str = ""
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _only("recipient", self.recipient, placeholders.NUMBER)
        _only("subject", self.subject, placeholders.HARMLESS | {"sender"})
        _need(_is_address(self.mail_from), "address_invalid", "from")
        filled = placeholders.fill(self.recipient, dict.fromkeys(placeholders.NUMBER, "1"))
        _need(_is_address(filled), "recipient_invalid", "recipient")
        _need(not any(map(is_hidden, self.subject)), "not_visible", "subject")
        open_line = self.tls == "none" and self.host not in _LOOPBACK
        # All that smtplib can sign in with.
        _need(self.user.isascii(), "not_ascii", "user")
        _need(self.password.reveal().isascii(), "not_ascii", "password")
        _need(not (self.user and open_line), "line_open", "user")


class File(SmsSettings, frozen=True, kw_only=True, tag_field="kind", tag="file"):
    """For trying out: messages are lines of a file."""

    path: Path


def _need(holds: bool, otherwise: str, key: str, detail: str = "") -> None:
    if not holds:
        raise SmsSettingsError(otherwise, key, detail)


def _only(key: str, template: Any, allowed: Iterable[str]) -> None:
    _need(not placeholders.unknown(template, allowed), "placeholder_wrong", key)


def _is_plain_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    whole = parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
    return whole and not any(mark in url for mark in "?#@ ") and url.isprintable()


def _is_address(value: str) -> bool:
    local, _, domain = value.partition("@")
    visible = value.isascii() and value.isprintable() and not set(value) & set(' ,;:<>()[]"\\')
    return visible and bool(local) and bool(domain) and "@" not in domain
