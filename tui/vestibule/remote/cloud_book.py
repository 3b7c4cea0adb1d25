"""What this machine remembers of sites at their clouds: their keys, and the tickets it has for them.

One file in the state folder, readable by its owner only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from vestibule.cloud_models import Ticket
from vestibule.config import Folders, alone_with, write_private
from vestibule.models import Secret

_FILE = "clouds.json"
_RENEWED = timedelta(days=20)
"""A ticket that lasts longer than that is not asked for anew."""


class Known(msgspec.Struct, kw_only=True):
    """One site at one cloud."""

    serial: str
    """Empty where nothing but the cloud's certificate is known."""
    cloud: str
    cloud_fingerprint: str = ""
    """Of the cloud's self-made certificate, if it has one."""
    key: str = ""
    """The site's public key, from the site itself or by a link; empty while nobody has vouched for it."""
    counter: int = 0
    """That of the newest presence seen: an older one is not taken."""
    number: int = 0
    """That of the newest version seen."""
    ticket: Secret | None = None
    ticket_expires: datetime | None = None
    site: str = ""
    """The site's address in the address book, where it is there."""
    client: str = ""
    """Whose the ticket is."""


class CloudBook:
    """The remembered sites, by serial number and cloud."""

    def __init__(self, folders: Folders) -> None:
        self._path = folders.state / _FILE

    def all(self) -> list[Known]:
        """All of them."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Known])
        except (OSError, msgspec.MsgspecError):
            return []

    def get(self, serial: str, cloud: str = "") -> Known | None:
        """What is known of a site; without a ``cloud``, at whichever it is known."""
        return next(
            (each for each in self.all() if each.serial == serial and cloud in ("", each.cloud)), None
        )

    def at(self, site: str) -> Known | None:
        """Through which cloud the site at the address ``site`` of the address book is known by its key."""
        return next((each for each in self.all() if each.key and each.site == site), None)

    def pinned(self, cloud: str) -> str:
        """The fingerprint of the certificate that somebody accepted for ``cloud``; empty when none was."""
        alone = self.get("", cloud)
        return alone.cloud_fingerprint if alone is not None else ""

    def pin(self, cloud: str, fingerprint: str) -> None:
        """Accept this certificate for ``cloud``, in place of any other."""
        with alone_with(self._path):
            known = self.all()
            if ("", cloud) not in [(each.serial, each.cloud) for each in known]:
                known.append(Known(serial="", cloud=cloud))
            for each in known:
                if each.cloud == cloud:
                    each.cloud_fingerprint = fingerprint
            self._write(known)

    def enter(self, serial: str, cloud: str, site: str) -> None:
        """Note that it is at the address ``site`` of the address book, and known by no other cloud."""
        with alone_with(self._path):
            known = self.all()
            for each in known:
                if (each.serial, each.cloud) == (serial, cloud):
                    each.site = site
                elif each.site == site:
                    each.site = ""
            self._write(known)

    def forget(self, site: str) -> None:
        """Forget all about the site that was at this address of the address book."""
        with alone_with(self._path):
            known = self.all()
            kept = [each for each in known if each.site != site]
            if len(kept) < len(known):
                self._write(kept)

    def of(self, site: str, client: str) -> Known | None:
        """What is known for this client of the site at the address ``site``, with a ticket or without."""
        mine = [each for each in self.all() if (each.site, each.client) == (site, client)]
        return next((each for each in mine if each.ticket is not None), mine[0] if mine else None)

    def change(self, serial: str, cloud: str, change: Callable[[Known], None]) -> None:
        """Keep what ``change`` makes of it."""
        with alone_with(self._path):
            known = self.all()
            found = next((each for each in known if (each.serial, each.cloud) == (serial, cloud)), None)
            if found is None:
                known.append(found := Known(serial=serial, cloud=cloud))
            change(found)
            self._write(known)

    def needs_ticket(self, site: str, client: str) -> bool:
        """Whether this client of the site at the address ``site`` should ask for a ticket."""
        soon = datetime.now(UTC) + _RENEWED
        held = [each.ticket_expires for each in self.all() if (each.site, each.client) == (site, client)]
        return not any(expires is not None and expires > soon for expires in held)

    def keep_ticket(self, ticket: Ticket, site: str, client: str) -> None:
        """Keep what the site itself has given; its word about its key goes before any other.

        Unless it speaks of one that is known at another address by another key: no site is taken for another.
        """
        before = self.get(ticket.serial, ticket.cloud)
        if before is not None and before.key not in ("", ticket.key) and before.site != site:
            return

        def change(known: Known) -> None:
            if known.key != ticket.key:
                known.counter = known.number = 0
            known.key, known.cloud_fingerprint = ticket.key, ticket.cloud_fingerprint
            known.ticket, known.ticket_expires = Secret(ticket.ticket), ticket.expires_at
            known.client = client

        self.change(ticket.serial, ticket.cloud, change)
        self.enter(ticket.serial, ticket.cloud, site)

    def drop_ticket(self, serial: str, cloud: str) -> None:
        """The cloud takes it no more: another is asked for at the next login."""

        def change(known: Known) -> None:
            known.ticket = known.ticket_expires = None

        self.change(serial, cloud, change)

    def drop_tickets(self, site: str) -> None:
        """Whoever had signed in at the address ``site`` has signed out for good."""
        for each in self.all():
            if each.site == site and each.ticket is not None:
                self.drop_ticket(each.serial, each.cloud)

    def _write(self, known: list[Known]) -> None:
        write_private(self._path, msgspec.json.encode(known))
