"""Requests and responses about devices, sessions and how long these last; see ``models``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from vestibule.models import Request, Response, Strength

UNATTENDED: Final = "vestibule-unattended"
"""Header of a request that nobody's hand has caused: a session is not used by it."""


class Device(Response):
    """A machine that signs a client in; ``name`` is foreign text, as are the addresses."""

    id: str
    name: str
    first_seen_at: datetime
    last_seen_at: datetime
    first_source: str
    """The address of its first sign-in; empty where it is not known."""
    last_source: str
    """The address of its last sign-in."""
    signed_in: bool
    """Whether it has a session now."""
    current: bool
    """Whether the one who asks sits at it."""


class DevicePage(Response):
    """Devices, the last seen first; ``next`` continues."""

    devices: list[Device]
    next: str | None


class OpenSession(Response):
    """A session that is open now; ``source`` is foreign text."""

    id: str
    device_id: str | None
    """The device it belongs to; null for a session without a device."""
    source: str
    """The address it was opened from; empty where it is not known."""
    strength: Strength
    opened_at: datetime
    seen_at: datetime
    """When it was last used, within a minute."""
    expires_at: datetime
    """When it ends at the latest."""
    current: bool
    """Whether it is the one that asks."""


class SessionPage(Response):
    """Open sessions, the last used first; ``next`` continues."""

    sessions: list[OpenSession]
    next: str | None


class Ended(Response):
    """How much was ended."""

    devices: int
    sessions: int


IdleMinutes = Annotated[int, Meta(ge=0, le=1440)]
"""Minutes without use that end a session; 0: none do."""
SessionHours = Annotated[int, Meta(ge=1, le=720)]


class Limits(Response):
    """How long a session lasts."""

    admin_idle_minutes: IdleMinutes
    """Unused, for admins."""
    idle_minutes: IdleMinutes
    """Unused, for everybody else."""
    session_hours: SessionHours
    """Altogether, however much it is used."""


class LimitsChange(Request):
    """Limits to change; absent ones stay."""

    admin_idle_minutes: IdleMinutes | UnsetType = UNSET
    idle_minutes: IdleMinutes | UnsetType = UNSET
    session_hours: SessionHours | UnsetType = UNSET
