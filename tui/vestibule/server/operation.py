"""One operation of the API: what it takes, what it gives, who may call it.

The list of operations is the one source for the routes and for the OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any

import msgspec

from vestibule.access import settings
from vestibule.access.challenges import Begun
from vestibule.access.hook_runner import HookRunner
from vestibule.access.outbox import Gateway
from vestibule.access.principal import Principal
from vestibule.access.sessions import Opened
from vestibule.server.cloud_news import CloudPart
from vestibule.store.engine import Store, Transaction
from vestibule.two_factor_models import Requirement

STANDING = (
    "client_disabled",
    "client_expired",
    "client_not_yet_valid",
    "client_outside_hours",
    "client_local_only",
)
"""Why a client may not come in now, or any more."""


class Work(Enum):
    """What the server opens for the handler."""

    NOTHING = auto()
    READ = auto()
    WRITE = auto()


class Needs(Enum):
    """Who may call an operation."""

    ANYONE = auto()
    SESSION = auto()
    ADMIN = auto()
    CLOUD = auto()
    """Whoever the bearer token in :attr:`Call.token` proves to be: the handler looks at it."""


@dataclass(frozen=True)
class Call:
    """A decoded request, handed to an operation's handler in a worker thread."""

    store: Store
    who: Principal
    path: Mapping[str, str]
    public_url: str | None
    packages: Path
    hooks: HookRunner
    gateway: Gateway | None
    """What carries text messages, if anything."""
    requirements: Callable[[], list[Requirement]]
    """What two-factor login needs, and whether it has it; takes a while."""
    cloud: CloudPart
    """What this server has to do with clouds."""
    body: Any = None
    query: Any = None
    tx: Transaction | None = None
    version: int = 0
    """The version that the request says it looked at, where the operation is guarded."""
    token: str = field(default="", repr=False)
    """The bearer token of the request, for those operations that look at it themselves."""

    @property
    def links(self) -> str:
        """The address that links carry now: the settings may have changed since the last request."""
        return self.public_url or settings.links(self.open)

    @property
    def open(self) -> Transaction:
        """The transaction opened for this request."""
        if self.tx is None:
            raise RuntimeError("this operation asked for no transaction")
        return self.tx


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    handler: Callable[..., Any]
    """Takes the :class:`Call`, unless it streams."""
    summary: str
    returns: type[msgspec.Struct] | None
    needs: Needs = Needs.ADMIN
    work: Work = Work.READ
    status: int = 200
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    refusals: tuple[str, ...] = field(default=())
    """Problem codes of its own, beside those that any operation may answer."""
    versioned: bool = False
    """Its answer has a version and carries it as ETag."""
    guarded: bool = False
    """It needs If-Match: the version that was looked at."""
    enrolling: bool = False
    """It may be called while a second factor is asked for and none is set up."""
    hashes: bool = False
    """It hashes a password: such operations wait for each other, and nobody waits behind them."""
    accepted: type[msgspec.Struct] | None = None
    """What it may answer instead, with 202: something is still needed."""
    streams: bool = False
    """Its handler is ``async (server, request) -> Response`` and moves bytes by itself."""
    takes: str | None = None
    """Media type of a body that is streamed in."""
    gives: str | None = None
    """Media type of an answer that is streamed out."""
    holds: Callable[[Any, int], int] | None = None
    """Until when its answer would be the same if nobody writes, from the answer and the time; it depends on
    the query and on nothing else, and it is kept."""
    body_limit: int = 64 * 1024
    """Bytes of the largest body."""


def opened(call: Call, session: Opened | Begun) -> Any:
    """The response that hands out a session just opened, or asks for a second factor."""
    from vestibule.access import clients
    from vestibule.models import Session
    from vestibule.store.clock import to_datetime
    from vestibule.two_factor_models import Challenge

    if isinstance(session, Begun):
        return Challenge(
            challenge=session.token,
            methods=session.methods,
            phone=session.phone,
            expires_at=to_datetime(session.expires_at),
        )
    with call.store.read() as tx:
        client = clients.get_own(tx, session.client_id)
    return Session(
        token=session.token,
        device_token=session.device_token,
        client=client,
        strength=session.strength,
        expires_at=to_datetime(session.expires_at),
        recovery_code=session.recovery_code,
    )
