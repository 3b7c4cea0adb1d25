"""Tickets: by them a site's clients fetch their package and its addresses from the cloud, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update

from vestibule import signatures
from vestibule.access import cloud_link, holding, sessions
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import Ticket, TicketDocument, Void
from vestibule.signatures import Purpose
from vestibule.store.clock import DAY, SECOND, to_datetime, to_moment
from vestibule.store.cloud_schema import cloud_ticket
from vestibule.store.dialect import insert, larger
from vestibule.store.engine import Transaction
from vestibule.store.schema import client

LIFE = 30 * DAY
_AT_ONCE = 500
_SKEW = 2 * SECOND
"""By so much another server's clock may be ahead: what it has just issued is taken back too."""
VOIDING = frozenset({"enabled", "cloud_access", "profile", "valid_from", "valid_until"})
"""What of a client takes its tickets back when it changes; it fetches another at its next login."""


def issue(tx: Transaction, who: Principal, cloud: CloudAddress | None) -> Ticket:
    """A ticket for the client that asks.

    Raises Refused: ``cloud_off`` when the site has no cloud yet, ``cloud_access_off``, ``not_signed_in``.
    """
    plan = cloud_link.plan(tx, cloud)
    if cloud is None or not plan.ready or plan.token is None:
        raise Refused("cloud_off")
    # Whoever is being disabled at this moment is, or gets a ticket that is taken back with the others.
    holding.hold_client(tx, who.client_id)
    sessions.still_stands(tx, who)
    mine = select(client).where(client.c.id == who.client_id)
    row = tx.connection.execute(mine).one_or_none()
    if row is None:
        raise Refused("not_signed_in")
    if not row.cloud_access:
        raise Refused("cloud_access_off")
    expires = min(tx.now + LIFE, row.valid_until or tx.now + LIFE)
    held = insert(tx.connection, cloud_ticket).values(client_id=row.id, expires_at=expires)
    later = {"expires_at": larger(cloud_ticket.c.expires_at, expires)}
    tx.connection.execute(held.on_conflict_do_update(index_elements=[cloud_ticket.c.client_id], set_=later))
    document = TicketDocument(
        serial=plan.serial,
        client=row.id,
        profile=row.profile,
        issued=to_datetime(tx.now),
        expires=to_datetime(expires),
    )
    private = cloud_link.private_key(tx)
    return Ticket(
        ticket=signatures.to_token(signatures.sign(private, Purpose.TICKET, document)),
        serial=plan.serial,
        key=signatures.public_key(private),
        cloud=cloud.url,
        cloud_fingerprint=cloud.fingerprint,
        expires_at=to_datetime(expires),
    )


def take_back(tx: Transaction, client_id: str) -> None:
    """The client's tickets of up to now are void; the cloud is told as soon as it can be."""
    mine = (cloud_ticket.c.client_id == client_id) & (cloud_ticket.c.expires_at > tx.now)
    tx.connection.execute(update(cloud_ticket).where(mine).values(void_at=tx.now + _SKEW, told=False))


def untold(tx: Transaction) -> list[Void]:
    """Tickets taken back that the cloud does not know of, as many as it is told at once."""
    rows = tx.connection.execute(select(cloud_ticket).where(~cloud_ticket.c.told).limit(_AT_ONCE))
    return [Void(client=row.client_id, before=to_datetime(row.void_at)) for row in rows]


def count_untold(tx: Transaction) -> int:
    """How many there are."""
    query = select(func.count()).select_from(cloud_ticket).where(~cloud_ticket.c.told)
    return tx.connection.execute(query).scalar_one()


def told(tx: Transaction, voids: Sequence[Void]) -> None:
    """The cloud knows of ``voids``; one taken back again meanwhile is told again."""
    for void in voids:
        same = (cloud_ticket.c.client_id == void.client) & (cloud_ticket.c.void_at == to_moment(void.before))
        tx.connection.execute(update(cloud_ticket).where(same).values(told=True))


def tell_all_again(tx: Transaction) -> None:
    """Another cloud, or one that has forgotten: it knows of none."""
    tx.connection.execute(update(cloud_ticket).where(cloud_ticket.c.void_at.is_not(None)).values(told=False))


def prune(tx: Transaction) -> None:
    """Forget tickets that have ended."""
    tx.connection.execute(delete(cloud_ticket).where(cloud_ticket.c.expires_at < tx.now))
