"""Requests and responses about two-factor login, its policy and text messages; see ``models``."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from vestibule.config_fault import ConfigFault
from vestibule.models import ClientId, FactorKind, Line, Request, Response, Session

TypedCode = Annotated[str, Meta(max_length=64)]
"""A code as typed, with spaces or without."""


class Method(StrEnum):
    """Ways through the second window, in the order offered."""

    APP = "app"
    SMS = "sms"
    RECOVERY = "recovery"


class Delivery(StrEnum):
    """How far a text message has come."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class NoticeKind(StrEnum):
    """What a client is told about its access."""

    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTORS_RESET = "factors_reset"
    RECOVERY_USED = "recovery_used"
    RECOVERY_MADE = "recovery_made"
    SECOND_FACTOR_FAILED = "second_factor_failed"


# --- login ------------------------------------------------------------------------------------


class Challenge(Response):
    """The second window: this login goes on with a code of one of ``methods``."""

    challenge: str
    methods: list[Method]
    phone: str | None
    """The end of the number that ``sms`` goes to."""
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Challenge(••••, methods={self.methods!r})"


class ChallengeAnswer(Request):
    """A code for the second window."""

    method: Method
    code: TypedCode

    def __repr__(self) -> str:
        return f"ChallengeAnswer(method={self.method!r}, ••••)"


class SmsCode(Response):
    """A code on its way by text message."""

    phone: str
    """The end of the number."""
    expires_at: datetime
    resend_in: int
    """Seconds until another one may be asked for."""
    delivery: Delivery
    reason: str = ""
    """Why it failed, in the gateway's words. Foreign text."""


# --- my security ------------------------------------------------------------------------------


class Factor(Response):
    """A second factor of a client."""

    kind: FactorKind
    since: datetime
    phone: str | None = None
    """The end of the number."""


class TwoFactor(Response):
    """A client's second factors, for its own eyes."""

    factors: list[Factor]
    required: bool
    """Whether the site asks for one: then the last cannot be removed."""
    recovery_code_since: datetime | None
    sms_offered: bool
    """Whether the site sends codes by text message."""
    country: str
    """ISO region to offer first for a number; empty when the site does not know."""


class AppSetup(Response):
    """A new secret for the authenticator app; in force once a code of it was typed."""

    secret: str
    """Base32."""
    uri: str
    """``otpauth://`` as the QR code carries it."""
    expires_at: datetime

    def __repr__(self) -> str:
        return "AppSetup(••••)"


class SmsSetup(Request):
    """A number for codes by text message; ``number`` as people write it.

    ``country`` is an ISO region; it may be empty for a number that begins with its own.
    """

    country: Annotated[str, Meta(pattern=r"^([A-Z]{2})?$(?!\n)")]
    number: Line


class FactorConfirm(Request):
    """The code that proves a factor that is being set up."""

    code: TypedCode

    def __repr__(self) -> str:
        return "FactorConfirm(••••)"


class FactorAdded(Response):
    """A factor is in force; other sessions of the client have ended."""

    session: Session
    """This session's new token: it is stronger now."""
    recovery_code: str | None
    """With the first factor only, shown once; None when there is one already."""

    def __repr__(self) -> str:
        return "FactorAdded(••••)"


class FactorRemoval(Request):
    """Proof for switching a factor off; ``method``: where the code is from, the factor itself if absent."""

    code: TypedCode
    password: Annotated[str, Meta(max_length=1024)] | None = None
    method: Method | None = None

    def __repr__(self) -> str:
        return "FactorRemoval(••••)"


class FactorRemoved(Response):
    """A factor is off."""

    recovery_code: str | None
    """The next one, when the last was used for it and another factor is left; shown once."""

    def __repr__(self) -> str:
        return "FactorRemoved(••••)"


class RecoveryCode(Response):
    """A new recovery code, shown once; the one before is dead."""

    recovery_code: str

    def __repr__(self) -> str:
        return "RecoveryCode(••••)"


class Notice(Response):
    """Something that happened to a client's access."""

    id: int
    at: datetime
    what: NoticeKind
    factor: FactorKind | None
    source: str
    """Where it was done from: an address, or ``console``. Empty when an admin did it."""


class Notices(Response):
    """What the client has not been told yet, oldest first."""

    notices: list[Notice]


class NoticesSeen(Request):
    """The client has read everything up to this notice."""

    last: Annotated[int, Meta(ge=0, le=2**53)]


# --- policy -----------------------------------------------------------------------------------


class PolicyChange(Request):
    """Switches to turn; absent ones stay."""

    totp_enabled: bool | UnsetType = UNSET
    internal: bool | UnsetType = UNSET
    external: bool | UnsetType = UNSET
    sms_enabled: bool | UnsetType = UNSET


class RequirementName(StrEnum):
    """What two-factor login needs of the server."""

    SERVER_VERSION = "server_version"
    CLOCK = "clock"
    VAULT_KEY = "vault_key"
    SMS_GATEWAY = "sms_gateway"


class Requirement(Response):
    """One requirement; ``met`` is None when it cannot be told."""

    name: RequirementName
    met: bool | None
    reason: str
    """``ok``, or why not: a stable word like ``clock_off``, ``clock_unknown``, ``sms_not_set_up``."""
    detail: str = ""
    """A number or the gateway's own words. Foreign text."""
    fault: ConfigFault | None = None
    """What is wrong with its configuration."""


class Policy(Response):
    """Who must use two factors."""

    totp_enabled: bool
    internal: bool
    external: bool
    sms_enabled: bool
    asked: int
    """Clients that are asked for a second factor now."""
    would_ask: dict[str, int]
    """For each switch that is off: how many more clients it would ask, turned on alone."""
    sms_only: int
    """Clients whose only factor is ``sms``: without it they have their recovery code alone."""
    requirements: list[Requirement]
    gateway: str
    """Kind of the SMS gateway, empty without one."""


# --- text messages ----------------------------------------------------------------------------


class SmsPurpose(StrEnum):
    """What a text message is for."""

    LOGIN = "login"
    SETUP = "setup"
    REMOVAL = "removal"
    NOTICE = "notice"
    TEST = "test"


class SmsTest(Request):
    """Where a message shall go for trying out; with its country: +41…"""

    number: Line


class Sms(Response):
    """A text message, without its text."""

    id: str
    at: datetime
    client_id: ClientId | None
    phone: str
    """The end of the number."""
    purpose: SmsPurpose
    delivery: Delivery
    attempts: int
    reason: str
    """Why it failed or has to wait. Foreign text."""
    done_at: datetime | None


class SmsPage(Response):
    """The newest messages first."""

    messages: list[Sms]
    next: str | None
