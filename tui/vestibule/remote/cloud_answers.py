"""What a cloud says of a site, and what of it may be believed.

The cloud is not believed. What it says of a site must be signed with the site's key, and must not be older
than what it said before. Who answers at an address is proven by the certificate that the site has named.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from vestibule import signatures
from vestibule.cloud_models import ClientProject, PackageDocument, Presence, SiteAddresses, TicketDocument
from vestibule.models import Path, Paths
from vestibule.remote.cloud_book import Known
from vestibule.remote.cloud_links import Sought
from vestibule.remote.route import ORDER, Road
from vestibule.signatures import ForgedError, Purpose


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
        told = self.paths.addresses
        seen = self.seen_at if self.fingerprint else ""
        found = {Path.LOCAL: told.local, Path.EXTERNAL: told.external, Path.CLOUD: told.cloud or seen}
        return [Road(path, address) for path in ORDER[self.paths.policy] if (address := found[path])]

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
        seen_at=f"https://{_host(answer.seen_from)}:{said.port}" if answer.seen_from else "",
        fingerprint=said.fingerprint,
    )


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def judged_package(answer: ClientProject, known: Known) -> PackageDocument:
    """What of the cloud's ``answer`` may be believed. Raises CloudLieError."""
    assert known.ticket is not None
    try:
        told = signatures.verified(answer.package, Purpose.PACKAGE, known.key, PackageDocument)
        mine = signatures.read(signatures.from_token(known.ticket.reveal), TicketDocument)
    except ForgedError:
        raise ForgedAnswerError from None
    if told.serial != known.serial or told.profile != mine.profile:
        raise ForgedAnswerError
    if told.number < known.number:
        raise OldAnswerError
    return told
