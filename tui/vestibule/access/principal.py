"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from vestibule.access.refused import Refused
from vestibule.models import Path
from vestibule.store.clock import NEVER


@dataclass(frozen=True)
class Principal:
    """The person, or the console, behind a request."""

    actor: str
    """What the audit says: a client's id, ``console`` or ``server``."""
    source: str
    """Where the request came from: an address, ``console`` or ``server``."""
    path: Path = Path.LOCAL
    """By which path it came; the console and the server itself are here."""
    client_id: str | None = None
    session_id: str | None = None
    admin: bool = False
    service: bool = False
    fresh: bool = False
    """Recognised anew within the last minutes."""
    enrolling: bool = False
    """A second factor is asked for and none is set up: nothing else may be done until then."""
    seen_at: int = 0
    """When the session was last noted as used."""
    ends_at: int = NEVER
    """When the session ends unless it is used."""

    def need_admin(self) -> None:
        """Raise Refused unless an admin asks."""
        if not self.admin:
            raise Refused("admin_needed")

    def need_more_than_enrolment(self) -> None:
        """Raise Refused while the person must set a second factor up first."""
        if self.enrolling:
            raise Refused("enrolment_needed")

    def need_fresh(self) -> None:
        """Raise Refused unless the person was recognised anew (ASVS 7.5.1)."""
        if not self.fresh:
            raise Refused("reauthentication_needed")


def console() -> Principal:
    """Whoever may read this host's files: the operating system has already decided."""
    return Principal("console", "console", admin=True, service=True, fresh=True)


def server() -> Principal:
    """The server itself, for what happens by the clock."""
    return Principal("server", "server")


def anonymous(source: str, path: Path) -> Principal:
    """Somebody who has not signed in."""
    return Principal("-", source, path)
