"""Where sites are: what they tell the cloud, and what the cloud tells those who look for them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, func, select, update

from vestibule import signatures
from vestibule.access import cloud_versions, rate
from vestibule.access.cloud_registration import BY_SERIAL, proof_of, site_of
from vestibule.access.principal import Principal
from vestibule.access.rate import Meter, Rate
from vestibule.access.refused import Refused
from vestibule.cloud_models import (
    ClientProject,
    CloudNews,
    Heartbeat,
    Presence,
    Signed,
    SiteAddresses,
    TicketDocument,
    Void,
    Voids,
)
from vestibule.models import PackageInfo
from vestibule.signatures import ForgedError, Purpose
from vestibule.store.clock import DAY, SECOND, to_moment
from vestibule.store.cloud_schema import cloud_need, cloud_package, cloud_site, cloud_void
from vestibule.store.dialect import insert, larger
from vestibule.store.engine import Store, Transaction
from vestibule.store.prepared import Prepared

TICKET_LIFE: Final = 30 * DAY
VOIDS_KEPT: Final = 100_000
"""Tickets taken back of one site that the cloud remembers at a time."""
_SILENT: Final = 30 * DAY
"""Of a site that has said nothing for so long nobody is told where it was."""
_SAID: Final = ("counter", "seen_at", "seen_from", "presence", "presence_signature", "public")
_BEATS: Final = Rate(20, 5 * SECOND)
_NOBODY: Final = "SSYlfrf5Xzk-7Vh0YzBvHMVXaEnZCzNd_GmMpfusYUE"
"""A key that nobody has: checking by it takes as long as by one of a site."""
LOOKS: Final = Rate(60, 5 * SECOND)
_newer = (
    update(cloud_site)
    .where(cloud_site.c.serial == bindparam("its_serial"), cloud_site.c.key == bindparam("its_key"))
    .where(cloud_site.c.counter < bindparam("its_counter", type_=BigInteger))
    .values({name: bindparam(f"its_{name}") for name in _SAID})
    .returning(cloud_site.c.serial)
)
_public = Prepared(
    select(cloud_site)
    .where(cloud_site.c.serial == bindparam("serial"), cloud_site.c.public)
    .where(cloud_site.c.seen_at > bindparam("heard", type_=BigInteger))
)
_back = Prepared(
    select(cloud_void.c.before)
    .where(cloud_void.c.serial == bindparam("serial"), cloud_void.c.client_id == bindparam("client"))
    .where(cloud_void.c.before >= bindparam("issued", type_=BigInteger))
)
_package = Prepared(
    select(cloud_need, cloud_package.c.size, cloud_package.c.name)
    .join(
        cloud_package,
        (cloud_package.c.serial == cloud_need.c.serial) & (cloud_package.c.sha256 == cloud_need.c.sha256),
    )
    .where(cloud_need.c.serial == bindparam("serial"), cloud_need.c.number == bindparam("number"))
    .where(cloud_need.c.profile == bindparam("profile"))
)


def beat(store: Store, who: Principal, token: str, sent: Heartbeat) -> CloudNews:
    """Take up where a site is and which tickets it takes back.

    Both must be signed with the site's key and carry a counter that has grown: a token alone forges no
    address, and an old heartbeat cannot be sent again. Raises Refused: ``cloud_token_unknown``,
    ``cloud_forged``, ``cloud_replayed``, ``cloud_full``, ``too_many_attempts``.
    """
    with store.read() as tx:
        site = site_of(tx, token)
    presence, voids = _read(site, sent)
    with store.write() as tx:
        rate.charge(tx, f"beat:{site.serial}", _BEATS)
        columns = {"serial": site.serial, "key": site.key}
        columns |= {"counter": presence.counter, "seen_at": tx.now, "seen_from": who.source}
        columns |= {"presence": sent.presence.document, "presence_signature": sent.presence.signature}
        columns |= {"public": presence.paths.automatic_connection}
        if tx.connection.execute(_newer, {f"its_{name}": value for name, value in columns.items()}).first():
            _take_back_all(tx, site.serial, voids.voids)
            return cloud_versions.news(tx, site.serial)
    # Only now, so that it was counted.
    raise Refused("cloud_replayed")


def _read(site: Any, sent: Heartbeat) -> tuple[Presence, Voids]:
    try:
        presence = signatures.verified(sent.presence, Purpose.PRESENCE, site.key, Presence)
        voids = signatures.verified(sent.voids, Purpose.VOIDS, site.key, Voids)
    except ForgedError:
        raise Refused("cloud_forged") from None
    if not presence.serial == voids.serial == site.serial or presence.counter != voids.counter:
        raise Refused("cloud_forged")
    return presence, voids


def _take_back_all(tx: Transaction, serial: str, voids: list[Void]) -> None:
    for void in voids:
        _take_back(tx, serial, void.client, to_moment(void.before))
    mine = select(func.count()).select_from(cloud_void).where(cloud_void.c.serial == serial)
    if voids and tx.connection.execute(mine).scalar_one() > VOIDS_KEPT:
        raise Refused("cloud_full")


def _take_back(tx: Transaction, serial: str, client_id: str, before: int) -> None:
    row = {"before": before, "expires_at": min(before, tx.now + TICKET_LIFE) + TICKET_LIFE}
    statement = insert(tx.connection, cloud_void).values(serial=serial, client_id=client_id, **row)
    later = {name: larger(cloud_void.c[name], value) for name, value in row.items()}
    tx.connection.execute(
        statement.on_conflict_do_update(
            index_elements=[cloud_void.c.serial, cloud_void.c.client_id], set_=later
        )
    )


def prune(tx: Transaction) -> None:
    """Forget tickets taken back that would have ended by now."""
    tx.connection.execute(cloud_void.delete().where(cloud_void.c.expires_at < tx.now))


def find(store: Store, looks: Meter, who: Principal, serial: str, ticket: str) -> SiteAddresses:
    """Where a site is: for its clients by their ``ticket``, for others while it lets itself be found.

    A site that is not known, was removed, never came or is not to be found gets the same answer; looking
    for it is counted, also when it is found. Raises Refused: ``cloud_site_unknown``,
    ``cloud_ticket_refused``, ``too_many_attempts``.
    """
    if not ticket:  # which nobody can guess
        looks.charge(who.source)
    with store.read() as tx:
        if ticket:
            site, _document = holder(tx, serial, ticket)
        else:
            site = _public.first(tx.connection, serial=serial, heard=tx.now - _SILENT)
        if site is None or site.key is None or site.presence is None:
            raise Refused("cloud_site_unknown")
        presence = Signed(document=site.presence, signature=site.presence_signature)
        return SiteAddresses(key=site.key, presence=presence, seen_from=site.seen_from)


def holder(tx: Transaction, serial: str, ticket: str) -> tuple[Any, TicketDocument]:
    """The site's row and what the ``ticket`` says. Raises Refused ``cloud_ticket_refused``."""
    key = proof_of(tx, serial).key
    try:
        signed = signatures.from_token(ticket)
        document = signatures.verified(signed, Purpose.TICKET, key or _NOBODY, TicketDocument)
    except ForgedError:
        raise Refused("cloud_ticket_refused") from None
    # Only now: whoever measures how long a refusal takes shall not learn which serial numbers there are.
    site = BY_SERIAL.first(tx.connection, serial=serial)
    if site is None or not key:
        raise Refused("cloud_ticket_refused")
    issued, expires = to_moment(document.issued), to_moment(document.expires)
    # One that lived longer than what is kept of those taken back could come to life again.
    if document.serial != serial or expires <= tx.now or expires - issued > TICKET_LIFE:
        raise Refused("cloud_ticket_refused")
    if _back.first(tx.connection, serial=serial, client=document.client, issued=issued) is not None:
        raise Refused("cloud_ticket_refused")
    return site, document


def project(tx: Transaction, serial: str, ticket: str) -> tuple[ClientProject, PackageInfo]:
    """The newest package of the ticket's profile, never another's.

    Raises Refused: ``cloud_ticket_refused``, ``cloud_profile_empty`` when the profile has none of its own.
    """
    site, document = holder(tx, serial, ticket)
    mine = {"serial": serial, "number": site.newest, "profile": document.profile}
    row = _package.first(tx.connection, **mine) if document.profile else None
    if row is None:
        raise Refused("cloud_profile_empty")
    told = Signed(document=row.document, signature=row.signature)
    return ClientProject(package=told), PackageInfo(sha256=row.sha256, size=row.size, name=row.name)
