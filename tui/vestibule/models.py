"""Every request and response of the HTTP API, once: server and remote share them.

Requests refuse unknown fields. Times are RFC 3339 in UTC. Secrets print as dots.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

ClientId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
Line = Annotated[str, Meta(max_length=4096)]
"""One line of text as typed; what it may hold is decided by ``text.objection``."""
Minutes = Annotated[int, Meta(ge=0, le=1440)]
"""Minutes since local midnight at the site; 1440 is the end of the day."""
Weekdays = Annotated[list[Annotated[int, Meta(ge=1, le=7)]], Meta(max_length=7)]
"""ISO weekdays, 1 is Monday. All seven, or none, means every day."""


class Kind(StrEnum):
    """Whose people a client belongs to."""

    INTERNAL = "internal"
    EXTERNAL = "external"


class State(StrEnum):
    """Where a client stands."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"
    DISABLED = "disabled"


class Strength(StrEnum):
    """How well a session's person was recognised."""

    ENROLMENT = "enrolment"
    PASSWORD = "password"  # noqa: S105 - the name of a strength
    TWO_FACTOR = "two_factor"


class Sort(StrEnum):
    """Orders of the client list."""

    STATE = "state"
    NAME = "name"
    EXPIRY = "expiry"


class Secret(Struct, frozen=True):
    """A string that prints as dots, so that it cannot end in a log or a crash report."""

    reveal: str

    def __repr__(self) -> str:
        return "••••"

    __str__ = __repr__


class Request(Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of all request bodies."""


class Response(Struct, kw_only=True):
    """Base of all response bodies."""


# --- the server -------------------------------------------------------------------------------


class ServerInfo(Response):
    """What anyone may know about a server before signing in."""

    site: str
    version: str
    modes: list[str]
    """Ways to sign in, in the order offered: ``password``, ``otp``, ``device``."""
    time_zone: str
    """IANA name of the zone in which the site's days begin and end."""


class Problem(Response):
    """RFC 9457 problem document. ``code`` is stable; ``title`` is English."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    field: str | None = None
    """The request field that the problem is about."""
    retry_after: int | None = None
    """Seconds to wait before trying again."""
    at: datetime | None = None
    """The moment the problem is about: when it expired, when it will be valid."""
    hours: str | None = None
    """The daily window ``HH:MM–HH:MM`` that the problem is about."""


class ProblemKind(Response):
    """One problem code and its meaning."""

    code: str
    status: int
    title: str


class ProblemKinds(Response):
    """All problem codes this server may answer."""

    problems: list[ProblemKind]


# --- sessions ---------------------------------------------------------------------------------


class SignIn(Request):
    """One of three ways: ``otp`` (code, name, device), ``password``, ``device`` (token)."""

    mode: Annotated[str, Meta(pattern="^(otp|password|device)$")]
    code: Line | None = None
    name: Line | None = None
    device: Line | None = None
    username: Line | None = None
    password: Annotated[str, Meta(max_length=1024)] | None = None
    token: Annotated[str, Meta(max_length=256)] | None = None

    def __repr__(self) -> str:
        return f"SignIn(mode={self.mode!r}, ••••)"


class Reauthenticate(Request):
    """Proof that the person at the screen is still the one who signed in."""

    password: Annotated[str, Meta(max_length=1024)]

    def __repr__(self) -> str:
        return "Reauthenticate(••••)"


class PasswordChange(Request):
    """A new password for oneself; ``current`` may be absent only if there is none yet."""

    new: Annotated[str, Meta(max_length=1024)]
    current: Annotated[str, Meta(max_length=1024)] | None = None

    def __repr__(self) -> str:
        return "PasswordChange(••••)"


# --- clients ----------------------------------------------------------------------------------


class ClientFields(Request):
    """What an admin may say of a client; absent fields keep their value."""

    name: Line | UnsetType = UNSET
    username: Line | UnsetType | None = UNSET
    profile: Line | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET
    admin: bool | UnsetType = UNSET
    require_two_factors: bool | UnsetType = UNSET
    cloud_access: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    valid_from: Line | UnsetType | None = UNSET
    """A date (its first moment at the site) or an RFC 3339 time."""
    valid_until: Line | UnsetType | None = UNSET
    """A date (to the end of that day at the site) or an RFC 3339 time."""
    weekdays: Weekdays | UnsetType = UNSET
    hours_from: Minutes | UnsetType = UNSET
    hours_until: Minutes | UnsetType = UNSET
    phone: Line | UnsetType | None = UNSET
    language: Annotated[str, Meta(pattern="^(en|fr|de)$")] | UnsetType | None = UNSET
    note: Line | UnsetType = UNSET


class ClientNew(ClientFields):
    """A client to add; ``code_minutes`` is the life of its first code, 0 for none."""

    code_minutes: Annotated[int, Meta(ge=0, le=43200)] = 120


class CodeNew(Request):
    """How long the new code shall live: 10 minutes to 30 days."""

    minutes: Annotated[int, Meta(ge=10, le=43200)] = 120


class Code(Response):
    """A one-time code that still works, for the eyes of an admin."""

    code: str
    link: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Code(••••, expires_at={self.expires_at!r})"


class Client(Response):
    """A person's record on the server."""

    id: ClientId
    name: str
    label: str
    """The code until the first login, then the name."""
    state: State
    username: str | None
    profile: str
    kind: Kind
    admin: bool
    service: bool
    require_two_factors: bool
    cloud_access: bool
    enabled: bool
    valid_from: datetime | None
    valid_until: datetime | None
    weekdays: list[int]
    hours_from: int
    hours_until: int
    phone: str | None
    language: str | None
    note: str
    created_at: datetime
    first_login_at: datetime | None
    last_login_at: datetime | None
    code_expires_at: datetime | None
    """When the last code ended or will end, if it was not used or revoked."""
    code: Code | None

    def __repr__(self) -> str:
        return f"Client(id={self.id!r}, state={self.state!r}, ••••)"


class ClientPage(Response):
    """Some clients in the asked order; ``next`` is the cursor that continues, or null at the end."""

    clients: list[Client]
    next: str | None
    total: int
    """How many clients match the filter."""
    at: int
    """Position of the first of ``clients`` in the whole order, counted from 0."""


class Session(Response):
    """A fresh session: shown once."""

    token: str
    device_token: str | None
    client: Client
    strength: Strength
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Session(••••, client={self.client.id!r})"


class Me(Response):
    """Who is asking."""

    client: Client
    strength: Strength
    expires_at: datetime
    fresh_until: datetime | None
    """Until when acts that need a fresh re-authentication are allowed."""
    has_password: bool


# --- system, events, audit --------------------------------------------------------------------


class System(Response):
    """The settings in force and the version that set them; secrets as ``{"set": bool}``."""

    version: int
    settings: dict[str, Any]


class Event(Response):
    """Something that changed; ``subject`` is the client it is about."""

    seq: int
    action: str
    subject: str | None


class Events(Response):
    """What happened after the asked number; empty when the wait ran out."""

    events: list[Event]
    last: int
    """Ask for what comes after this next time."""
    reset: bool = False
    """True when too much happened to list: load everything anew."""


class AuditRow(Response):
    """One decision, chained to the one before."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    outcome: str
    source: str
    detail: dict[str, Any]
    mac: str


class AuditPage(Response):
    """Decisions, newest first."""

    rows: list[AuditRow]
    next: str | None


class AuditVerdict(Response):
    """Whether the chain is whole; ``head`` is worth keeping elsewhere."""

    ok: bool
    rows: int
    head: str
    first_bad: int | None
    reason: str | None = None


class Health(Response):
    """The server answers and its database too."""

    status: str
