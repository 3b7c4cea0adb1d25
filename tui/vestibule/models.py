"""Every request and response of the HTTP API, once: server and remote share them.

Requests refuse unknown fields. Times are RFC 3339 in UTC. Secrets print as dots.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

# In every pattern: ``$`` alone would let one more line end by.
ClientId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$(?!\n)")]
Line = Annotated[str, Meta(max_length=4096)]
"""One line of text as typed; what it may hold is decided by ``text.objection``."""
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
PACKAGE_LIMIT = 2 * 1024**3
"""Bytes of the largest package."""
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


class Path(StrEnum):
    """A way from a client to the server."""

    LOCAL = "local"
    EXTERNAL = "external"
    CLOUD = "cloud"


class ConnectionPolicy(StrEnum):
    """System's Cloud connection policy: by which paths a client tries to come, in this order."""

    LOCAL_ONLY = "local_only"
    LOCAL_AND_CLOUD = "local_and_cloud"
    LOCAL_REMOTE_AND_CLOUD = "local_remote_and_cloud"
    CLOUD_ONLY = "cloud_only"


class Strength(StrEnum):
    """How well a session's person was recognised."""

    ENROLMENT = "enrolment"
    PASSWORD = "password"  # noqa: S105 - the name of a strength
    TWO_FACTOR = "two_factor"


class FactorKind(StrEnum):
    """Second factors of a client."""

    APP = "app"
    SMS = "sms"


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
    cloud: bool = False
    """Whether its clients may get tickets for its cloud."""
    is_cloud: bool = False
    """Whether it is the cloud of other sites."""


class Addresses(Response):
    """Where the server can be reached by each path, as URLs; None where it cannot."""

    local: str | None
    external: str | None
    cloud: str | None


class Paths(Response):
    """By which paths a client may come, told to whoever is signed in, for the next time."""

    policy: ConnectionPolicy
    addresses: Addresses
    serial_number: str
    automatic_connection: bool
    """Whether a client opens this site without being asked which."""


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
    version: int | None = None
    """The project version in force, when another one was expected."""


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
    """One of three ways: ``otp`` (code, name, device), ``password``, ``device`` (token).

    Without a ``device`` none is remembered: for machines that everybody uses.
    """

    mode: Annotated[str, Meta(pattern=r"^(otp|password|device)$(?!\n)")]
    code: Line | None = None
    name: Line | None = None
    device: Line | None = None
    username: Line | None = None
    password: Annotated[str, Meta(max_length=1024)] | None = None
    token: Annotated[str, Meta(max_length=256)] | None = None

    def __repr__(self) -> str:
        return f"SignIn(mode={self.mode!r}, ••••)"


class DeviceForget(Request):
    """The token of the device that shall not sign in any more."""

    token: Annotated[str, Meta(max_length=256)]

    def __repr__(self) -> str:
        return "DeviceForget(••••)"


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
    language: Annotated[str, Meta(pattern=r"^(en|fr|de)$(?!\n)")] | UnsetType | None = UNSET
    note: Line | UnsetType = UNSET


class ClientNew(ClientFields):
    """A client to add; ``code_minutes`` is the life of its first code, 0 for none."""

    code_minutes: Annotated[int, Meta(ge=0, le=43200)] = 120


class ClientLine(Request):
    """A client to edit, or one to add when there is no ``id``."""

    fields: ClientFields
    id: ClientId | None = None


class ClientImport(Request):
    """Many clients at once; ``code_minutes`` is the life of the first codes of those that are added."""

    clients: Annotated[list[ClientLine], Meta(min_length=1, max_length=500)]
    code_minutes: Annotated[int, Meta(ge=0, le=43200)] = 120
    dry_run: bool = False


class WrongLine(Response):
    """What is wrong with the line at ``position``, counted from 0."""

    position: int
    code: str
    field: str | None
    detail: str


class ClientImported(Response):
    """What was done, or would be; nothing was where a line is wrong."""

    added: list[Client]
    changed: int
    unchanged: int
    wrong: list[WrongLine]


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
    factors: list[FactorKind]
    """Second factors that are set up."""
    asked: bool
    """Whether its logins need a second factor: by the policy, by an admin, or by its own choice."""
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
    recovery_code: str | None = None
    """The next one, when this login has used the last; shown once."""

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
    package: PackageInfo | None = None


class SystemChange(Request):
    """What changes; sent with ``If-Match: "N"``, the version that was looked at.

    A ``package`` is one uploaded before, by its SHA-256; null takes it out, absent leaves it. ``profiles``
    are those of single profiles: all of them, or absent to leave them.
    """

    settings: dict[str, Any] = {}
    note: Line = ""
    package: Sha256 | UnsetType | None = UNSET
    profiles: dict[Line, Sha256] | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"SystemChange({sorted(self.settings)}, ••••)"


class Reveal(Request):
    """Which secret to show."""

    name: Annotated[str, Meta(pattern=r"^(vnc_password|cloud_password)$(?!\n)")]


class Revealed(Response):
    """A secret in clear."""

    value: str

    def __repr__(self) -> str:
        return "Revealed(••••)"


# --- project versions and packages ------------------------------------------------------------


class PackageNew(Request):
    """A package about to be uploaded."""

    sha256: Sha256
    size: Annotated[int, Meta(ge=1)]
    """At most ``PACKAGE_LIMIT``."""
    name: Line


class PackageProgress(Response):
    """How much of a package has arrived; it is complete when ``received`` is its size."""

    sha256: Sha256
    size: int
    received: int


class PackageInfo(Response):
    """A package of a version."""

    sha256: Sha256
    size: int
    name: str


class HookResult(Response):
    """What an apply hook said."""

    hook: str
    exit: int | None
    """None while it runs, or when it had to be stopped."""
    seconds: float
    output: str
    """Its last lines. Foreign text."""
    running: bool = False
    """Whether it waits for its turn or runs; then there is no result yet."""


class Version(Response):
    """One backup point of the project."""

    version: int
    at: datetime
    by: str
    """Name of who uploaded it, or what did."""
    note: str
    package: PackageInfo | None
    changed: list[str]
    """Keys that differ from the version before, secrets included."""
    hooks: list[HookResult]
    settings: dict[str, Any] | None = None
    """Only when one version is asked for; without secrets."""
    profiles: dict[str, PackageInfo] | None = None
    """Packages of single profiles; only when one version is asked for."""


class VersionPage(Response):
    """Versions, newest first."""

    versions: list[Version]
    next: str | None


class Restore(Request):
    """Why an older version is taken up again."""

    note: Line = ""


class Retention(Request):
    """How many versions are kept, the current one counted in; older ones are removed."""

    versions_kept: Annotated[int, Meta(ge=1, le=1000)]


# --- licences ---------------------------------------------------------------------------------


class LicenceNew(Request):
    """A licence code as it was bought."""

    code: Line
    component: Line
    seats: Annotated[int, Meta(ge=0, le=1_000_000)]


class Licence(Response):
    """A licence; ``seats`` 0 means that its component is not counted by clients."""

    id: str
    code: str
    component: str
    seats: int
    added_at: datetime


class Licences(Response):
    """All licences, and how many seats are taken."""

    licences: list[Licence]
    seats: int
    """Of all licences together; 0 when none of them counts clients."""
    clients: int
    """Clients that are neither disabled nor ended nor the service account."""
    next: str | None = None

    @property
    def missing(self) -> int:
        """Clients that have no seat: a warning, never a hindrance."""
        return max(0, self.clients - self.seats) if self.seats else 0


class OutstandingCode(Response):
    """A code that would still be taken."""

    client_id: ClientId
    label: str
    """The code itself."""
    name: str
    profile: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"OutstandingCode(••••, client_id={self.client_id!r})"


class OutstandingCodes(Response):
    """Codes that would still be taken, the first to end first; ``next`` continues."""

    codes: list[OutstandingCode]
    next: str | None
    total: int


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
    cloud: str = ""
    """How the site stands with its cloud, as a mark to be sent back; empty for others than admins."""


class AuditFilter(Struct, frozen=True, kw_only=True):
    """Which decisions are asked for; what is not said leaves nothing out."""

    client: ClientId | None = None
    """By whom or about whom."""
    action: Annotated[str, Meta(pattern=r"^[a-z_]*(\.[a-z_]+)?$", max_length=40)] = ""
    """One action like ``code.issued``, or all of a kind: ``code``."""
    refused: bool = False
    """Only what was refused or failed."""
    since: Annotated[str, Meta(max_length=40)] = ""
    """A date, that day included, or a time; in the site's zone unless it names its own."""
    match: Annotated[str, Meta(max_length=4000)] = ""
    """Words to be found in each decision, a line for each: the word, then – between spaces – the codes of
    actors, actions and outcomes in whose names the asking side has found it."""


class AuditRow(Response):
    """One decision, chained to the one before; the names are those of today and not in the chain."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    outcome: str
    source: str
    detail: dict[str, Any]
    mac: str
    actor_name: str | None = None
    """Of the client that decided; None when it was none, or is gone."""
    subject_name: str | None = None
    """Of the client that it is about; None when it is about none, or that one is gone."""


class AuditPage(Response):
    """Decisions, newest first; ``total``: how many there are, where that was asked."""

    rows: list[AuditRow]
    next: str | None
    total: int | None = None


class AuditVerdict(Response):
    """Whether the chain is whole; ``head`` is worth keeping elsewhere."""

    ok: bool
    rows: int
    head: str
    first_bad: int | None
    reason: str | None = None
    total: int = 0
    """How many rows there ought to be."""
    next: str | None = None
    """From where to go on, when only a part was asked for and there is more."""


class Health(Response):
    """The server answers and its database too."""

    status: str
