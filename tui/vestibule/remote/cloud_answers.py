"""What a cloud says of a site, and what of it may be believed.

The cloud is not believed. What it says of a site must be signed with the site's key, and must not be older
than what it said before. Who answers at an address is proven by the certificate that the site has named.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

from vestibule import signatures
from vestibule.cloud_models import ClientProject, PackageDocument, Presence, SiteAddresses, TicketDocument
from vestibule.models import Path, Paths
from vestibule.remote.cloud_book import Known
from vestibule.remote.cloud_links import Sought
from vestibule.remote.route import ORDER, Road, told
from vestibule.remote.sites import address_of
from vestibule.signatures import ForgedError, Purpose

_IPV6 = 6


class CloudLieError(Exception):
    """What the cloud says cannot be what the site said. Nothing of it is taken."""


class ForgedAnswerError(CloudLieError):
    """It was not signed with the site's key, or is about something else."""


class OldAnswerError(CloudLieError):
    """It is older than what the cloud said before."""


class SiteKeyChangedError(CloudLieError):
    """The site has another key than before: it was set up anew, or somebody stands in for it."""

    def __init__(self, known: str, shown: str) -> None:
        super().__init__(known, shown)
        self.known, self.shown = known, shown
        """Fingerprints."""


@dataclass(frozen=True)
class Found:
    """A site as its cloud says it is to be found."""

    serial: str
    cloud: str
    cloud_fingerprint: str
    key: str
    trusted: bool
    """Whether its key was known, or named by a link; else a person should compare it."""
    counter: int
    paths: Paths
    """The paths that lead there as the site has signed them, and the policy for them."""
    seen_at: str
    """Where the cloud says it has seen the site, empty when nowhere. The site has not signed that."""
    fingerprint: str
    """Of the certificate it shows, 64 hexadecimal digits; empty when an authority vouches for it."""

    @property
    def mark(self) -> str:
        """What people compare of its key."""
        return signatures.fingerprint(self.key)

    @property
    def doors(self) -> list[Road]:
        """The addresses to try, in the order of the site's policy.

        Without a relay the path through the cloud is to where the cloud has seen the site. Whatever it says
        there, only who shows the certificate that the site has named is taken for it.
        """
        found = told(self.paths)
        if self.seen_at and self.fingerprint:
            found.setdefault(Path.CLOUD, self.seen_at)
        return [Road(path, found[path]) for path in ORDER[self.paths.policy] if path in found]

    def accepts(self, certificate: bytes) -> bool:
        """Whether ``certificate``, in DER, is the one that the site has named."""
        return bool(self.fingerprint) and hashlib.sha256(certificate).hexdigest() == self.fingerprint


def judged(answer: SiteAddresses, sought: Sought, known: Known | None, fingerprint: str = "") -> Found:
    """What of the cloud's ``answer`` may be believed. Raises CloudLieError."""
    key = known.key if known else ""
    try:
        shown = signatures.fingerprint(answer.key)
        if sought.mark and shown != sought.mark:
            raise SiteKeyChangedError(sought.mark, shown)
        if key and answer.key != key:
            raise SiteKeyChangedError(signatures.fingerprint(key), shown)
        said = signatures.verified(answer.presence, Purpose.PRESENCE, answer.key, Presence)
    except (ForgedError, ValueError):
        raise ForgedAnswerError from None
    if said.serial != sought.serial:
        raise ForgedAnswerError
    if known is not None and said.counter < known.counter:
        raise OldAnswerError
    return Found(
        serial=said.serial,
        cloud=sought.cloud,
        cloud_fingerprint=fingerprint,
        key=answer.key,
        trusted=bool(key or sought.mark),
        counter=said.counter,
        paths=said.paths,
        seen_at=_seen_at(answer.seen_from, said.port),
        fingerprint=said.fingerprint,
    )


def _seen_at(source: str, port: int) -> str:
    """Empty where that is no address: a cloud says what it likes."""
    try:
        address = ipaddress.ip_address(source)
        return address_of(f"https://{f'[{address}]' if address.version == _IPV6 else address}:{port}")
    except ValueError:
        return ""


def judged_package(answer: ClientProject, known: Known) -> PackageDocument:
    """What of the cloud's ``answer`` may be believed. Raises CloudLieError."""
    assert known.ticket is not None
    try:
        said = signatures.verified(answer.package, Purpose.PACKAGE, known.key, PackageDocument)
        mine = signatures.read(signatures.from_token(known.ticket.reveal), TicketDocument)
    except ForgedError:
        raise ForgedAnswerError from None
    if said.serial != known.serial or said.profile != mine.profile:
        raise ForgedAnswerError
    if said.number < known.number:
        raise OldAnswerError
    return said
