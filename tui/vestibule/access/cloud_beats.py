"""What a site tells its cloud, signed: where it is, which tickets it takes back, and its versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from sqlalchemy import select

from vestibule import signatures
from vestibule.access import cloud_link, cloud_tickets, cloud_updates, paths, project, settings
from vestibule.access.cloud_link import Plan
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import (
    Claim,
    Heartbeat,
    OfferOutcome,
    PackageDocument,
    Presence,
    Registration,
    VersionDocument,
    VersionKept,
    Void,
    Voids,
)
from vestibule.models import PackageInfo
from vestibule.signatures import Purpose
from vestibule.store.clock import to_datetime
from vestibule.store.engine import Transaction
from vestibule.store.schema import package, project_version


class Host(Protocol):
    """What the host says, beside System."""

    address: CloudAddress | None
    relay: str
    certificate: str

    @property
    def local(self) -> str:
        """The address this machine has now; empty when only System can know it."""


@dataclass(frozen=True)
class Beat:
    """A heartbeat to send, with what it says in clear."""

    sent: Heartbeat
    place: Presence
    voids: list[Void]


@dataclass(frozen=True)
class Copy:
    """A version to send, and the packages that must be at the cloud before it."""

    number: int
    sent: VersionKept
    packages: list[PackageInfo]


@dataclass(frozen=True)
class Look:
    """All that the cloud may have to be told, read at once."""

    plan: Plan
    place: Presence
    voids: int
    newest: int
    running: bool
    """Whether the hooks of an update are awaited."""
    outcomes: list[OfferOutcome]

    def asks_other_than(self, before: Look) -> bool:
        """Whether something has changed by which the cloud may answer otherwise."""
        mine, theirs = ((each.plan.serial, each.plan.password.reveal) for each in (self, before))
        switches = (self.plan.ready, self.plan.updates) != (before.plan.ready, before.plan.updates)
        new = self.place != before.place or self.newest != before.newest
        return switches or mine != theirs or new


def look(tx: Transaction, host: Host) -> Look:
    """See what there is to tell."""
    plan = cloud_link.plan(tx, host.address)
    return Look(
        plan=plan,
        place=place(tx, plan, host),
        voids=cloud_tickets.count_untold(tx),
        newest=settings.newest(tx).number,
        running=cloud_updates.is_running(tx),
        outcomes=cloud_updates.untold(tx),
    )


def place(tx: Transaction, plan: Plan, host: Host) -> Presence:
    """Where the site is now."""
    return Presence(
        serial=plan.serial,
        counter=0,
        at=to_datetime(0),
        paths=paths.told(tx, host.relay, host.local),
        port=settings.setting(tx, "client_port"),
        fingerprint=host.certificate,
    )


def beat(tx: Transaction, plan: Plan, host: Host) -> Beat:
    """Sign where the site is now, under the next counter."""
    where, counter = place(tx, plan, host), cloud_link.next_counter(tx)
    private = cloud_link.private_key(tx)
    presence = msgspec.structs.replace(where, counter=counter, at=to_datetime(tx.now))
    voids = Voids(serial=plan.serial, counter=counter, voids=cloud_tickets.untold(tx))
    sent = Heartbeat(
        presence=signatures.sign(private, Purpose.PRESENCE, presence),
        voids=signatures.sign(private, Purpose.VOIDS, voids),
    )
    return Beat(sent, where, voids.voids)


def registration(tx: Transaction, plan: Plan) -> Registration:
    """Ask to be taken in, as only who has the key can."""
    private = cloud_link.private_key(tx)
    claim = Claim(serial=plan.serial, counter=cloud_link.next_counter(tx))
    return Registration(
        serial=plan.serial,
        password=plan.password.reveal,
        key=signatures.public_key(private),
        claim=signatures.sign(private, Purpose.CLAIM, claim),
    )


def next_copy(tx: Transaction, plan: Plan, held: int) -> Copy | None:
    """The oldest version kept here that is newer than ``held``, signed; None when there is none."""
    query = select(project_version).where(project_version.c.number > held)
    row = tx.connection.execute(query.order_by(project_version.c.number).limit(1)).one_or_none()
    if row is None:
        return None
    profiles = project.profiles_of(tx, row.number)
    infos = _infos(tx, {*profiles.values(), *([row.package_sha256] if row.package_sha256 else [])})
    document = VersionDocument(
        serial=plan.serial,
        number=row.number,
        base=row.number - 1,
        at=to_datetime(row.at),
        note=row.note,
        settings=settings.of_row(row),
        package=infos.get(row.package_sha256 or ""),
        profiles={name: infos[sha256] for name, sha256 in profiles.items() if sha256 in infos},
    )
    private = cloud_link.private_key(tx)
    told = [_told(document, name, info) for name, info in document.profiles.items()]
    sent = VersionKept(
        version=signatures.sign(private, Purpose.VERSION, document),
        packages=[signatures.sign(private, Purpose.PACKAGE, each) for each in told],
    )
    return Copy(row.number, sent, list(infos.values()))


def _told(document: VersionDocument, profile: str, info: PackageInfo) -> PackageDocument:
    return PackageDocument(
        serial=document.serial, number=document.number, profile=profile, at=document.at, package=info
    )


def _infos(tx: Transaction, hashes: set[str]) -> dict[str, PackageInfo]:
    rows: Any = tx.connection.execute(select(package).where(package.c.sha256.in_(hashes)))
    return {row.sha256: PackageInfo(sha256=row.sha256, size=row.size, name=row.name) for row in rows}
