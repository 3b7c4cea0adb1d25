"""The cloud's operator: which sites may register, and what became of them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from vestibule import properties, signatures
from vestibule.access import audit, crockford, passwords
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.cloud_models import CloudOffer, CloudSite, CloudSiteAdded, CloudSiteNew, CloudSites
from vestibule.store.clock import to_datetime, to_datetime_or_none
from vestibule.store.cloud_schema import (
    cloud_need,
    cloud_offer,
    cloud_package,
    cloud_site,
    cloud_version,
    cloud_void,
)
from vestibule.store.dialect import insert
from vestibule.store.engine import Store, Transaction

_PASSWORD_LENGTH = 20
"""Characters of 5 bits."""
UNREGISTERED: Final[dict[str, Any]] = {
    "key": None,
    "token_digest": None,
    "registrations": 0,
    "registered_at": None,
    "refused_at": None,
    "refused_from": "",
    "counter": 0,
    "presence": None,
    "presence_signature": None,
    "public": False,
    "seen_at": None,
    "seen_from": "",
    "newest": 0,
}
"""What is known of a site that has not registered yet."""


def add(store: Store, who: Principal, new: CloudSiteNew) -> CloudSiteAdded:
    """Let a site register. Raises Refused: ``serial_invalid``, ``cloud_site_exists``, for the password."""
    who.need_admin()
    who.need_fresh()
    serial = _serial(new.serial)
    password, hashed = _password(new.password, serial)
    with store.write() as tx:
        row = {"serial": serial, "password_hash": hashed, "added_at": tx.now}
        made = insert(tx.connection, cloud_site).values(**row, **UNREGISTERED).on_conflict_do_nothing()
        if tx.connection.execute(made.returning(cloud_site.c.serial)).first() is None:
            raise Refused("cloud_site_exists", field="serial")
        audit.record(tx, who, "cloud.site_added", detail={"serial": serial})
    return CloudSiteAdded(serial=serial, password=password)


def reset(store: Store, who: Principal, serial: str, password: str | None) -> CloudSiteAdded:
    """Let a site register anew, with another key and password; what the former one has left is forgotten.

    Its versions were signed by a key that nobody goes by any more; the site sends its own again.
    Raises Refused ``cloud_site_unknown``, for the password.
    """
    who.need_admin()
    who.need_fresh()
    password, hashed = _password(password, serial)
    with store.write() as tx:
        changed = update(cloud_site).where(cloud_site.c.serial == serial)
        changed = changed.values(password_hash=hashed, **UNREGISTERED).returning(cloud_site.c.serial)
        if tx.connection.execute(changed).first() is None:
            raise Refused("cloud_site_unknown")
        for table in (cloud_need, cloud_version, cloud_offer, cloud_package, cloud_void):
            tx.connection.execute(delete(table).where(table.c.serial == serial))
        audit.record(tx, who, "cloud.site_reset", detail={"serial": serial})
    return CloudSiteAdded(serial=serial, password=password)


def remove(tx: Transaction, who: Principal, serial: str) -> None:
    """Forget a site with its versions; its files go with the next sweep. Raises ``cloud_site_unknown``."""
    who.need_admin()
    who.need_fresh()
    gone = delete(cloud_site).where(cloud_site.c.serial == serial).returning(cloud_site.c.serial)
    if tx.connection.execute(gone).first() is None:
        raise Refused("cloud_site_unknown")
    audit.record(tx, who, "cloud.site_removed", detail={"serial": serial})


def page(
    tx: Transaction, after: str | None, limit: int, *, containing: str = "", warned: bool = False
) -> CloudSites:
    """Up to ``limit`` sites whose serial numbers come after ``after``.

    ``containing``: only those whose serial number has this in it. ``warned``: only those that somebody with
    the right password and another key was turned away from.
    """
    posed_as = cloud_site.c.refused_at.is_not(None)
    wanted = cloud_site.c.serial.contains(containing.upper(), autoescape=True)
    wanted = and_(wanted, posed_as) if warned else wanted
    size = select(func.coalesce(func.sum(cloud_package.c.size), 0))
    size = size.where(cloud_package.c.serial == cloud_site.c.serial)
    query = select(cloud_site, size.scalar_subquery().label("bytes")).where(wanted)
    if after is not None:
        query = query.where(cloud_site.c.serial > after)
    rows = tx.connection.execute(query.order_by(cloud_site.c.serial).limit(limit + 1)).all()
    shown = rows[:limit]
    mine = cloud_offer.c.serial.in_([row.serial for row in shown])
    offers = {row.serial: row for row in tx.connection.execute(select(cloud_offer).where(mine))}
    return CloudSites(
        sites=[_view(row, offers.get(row.serial)) for row in shown],
        next=shown[-1].serial if len(rows) > limit else None,
        total=_count(tx, wanted),
        warned=_count(tx, posed_as),
    )


def has_any(tx: Transaction) -> bool:
    """Whether sites may register here."""
    return tx.connection.execute(select(cloud_site.c.serial).limit(1)).first() is not None


def _count(tx: Transaction, wanted: ColumnElement[bool]) -> int:
    return int(tx.connection.execute(select(func.count()).select_from(cloud_site).where(wanted)).scalar_one())


def offer_view(row: Any) -> CloudOffer:
    """An offer's row as it is told."""
    return CloudOffer(
        seq=row.seq,
        version=row.number,
        at=to_datetime(row.at),
        outcome=row.outcome,
        reason=row.reason,
        told_at=to_datetime_or_none(row.told_at),
    )


def _view(row: Any, offer: Any) -> CloudSite:
    return CloudSite(
        serial=row.serial,
        key=signatures.fingerprint(row.key) if row.key else "",
        registrations=row.registrations,
        registered_at=to_datetime_or_none(row.registered_at),
        refused_at=to_datetime_or_none(row.refused_at),
        refused_from=row.refused_from,
        seen_at=to_datetime_or_none(row.seen_at),
        seen_from=row.seen_from,
        public=row.public,
        newest=row.newest,
        bytes=row.bytes,
        offer=None if offer is None else offer_view(offer),
    )


def _serial(written: str) -> str:
    try:
        serial = str(properties.normal("serial_number", written))
    except ValueError as error:
        raise Refused(str(error), field="serial") from None
    if not serial:
        raise Refused("serial_invalid", field="serial")
    return serial


def _password(given: str | None, serial: str) -> tuple[str, str]:
    if given is not None:
        passwords.check_new(given, [serial])
    password = given or crockford.grouped(crockford.new(_PASSWORD_LENGTH))
    return password, passwords.hash_new(password)
