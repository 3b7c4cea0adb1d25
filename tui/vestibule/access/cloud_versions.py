"""Versions that the cloud keeps for a site, and the one that an uploader offers it.

The cloud checks what it can: a site's own versions by the site's key. Of an offer only the site can tell
whether it knows who signed it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update

from vestibule import signatures
from vestibule.access import audit, cloud_packages, holding, rate
from vestibule.access.cloud_sites import offer_view
from vestibule.access.principal import Principal
from vestibule.access.rate import Rate
from vestibule.access.refused import Refused
from vestibule.cloud_models import (
    CloudNews,
    CloudOffer,
    Offered,
    OfferOutcome,
    PackageDocument,
    Signed,
    VersionDocument,
    VersionKept,
)
from vestibule.signatures import ForgedError, Purpose
from vestibule.store.clock import SECOND
from vestibule.store.cloud_schema import cloud_need, cloud_offer, cloud_site, cloud_version
from vestibule.store.dialect import insert
from vestibule.store.engine import Store, Transaction
from vestibule.store.prepared import Prepared

KEPT: Final = 50
"""Versions of one site that the cloud keeps."""
_VERSIONS: Final = Rate(200, 5 * SECOND)
"""A site that comes back after an outage leaves all that it has at once."""
_OFFERS: Final = Rate(30, 20 * SECOND)
"""Each is one row of the record: neither a site nor who knows its password fills it."""
WAITING, APPLIED = "waiting", "applied"
OFFER: Final = 0
"""The number under which ``cloud_need`` lists what an offer needs."""
_Needs = dict[str, tuple[str, Signed]]
"""Profile → hash of its package, and what its clients are told of it; the whole one is of profile ``""``."""

_news = Prepared(
    select(cloud_site.c.newest, cloud_site.c.seen_from, cloud_offer.c.seq, cloud_offer.c.outcome)
    .outerjoin(cloud_offer, cloud_offer.c.serial == cloud_site.c.serial)
    .where(cloud_site.c.serial == bindparam("serial"))
)


def keep(store: Store, who: Principal, site: Any, folder: Path, number: int, sent: VersionKept) -> CloudNews:
    """Keep a version that ``site`` has signed; one that is here already may be sent again.

    Raises Refused: ``cloud_forged``, ``cloud_version_differs``, ``package_unknown``, ``package_incomplete``,
    ``too_many_attempts``.
    """
    document = _signed_by(site, sent.version, Purpose.VERSION, VersionDocument)
    if document.serial != site.serial or document.number != number:
        raise Refused("cloud_forged")
    needs = _needs(site, document, sent.packages)
    with store.write() as tx:
        holding.turn(tx, f"cloud {site.serial}")
        row = {"serial": site.serial, "number": number, "at": tx.now}
        row |= {"document": sent.version.document, "signature": sent.version.signature}
        made = insert(tx.connection, cloud_version).values(**row).on_conflict_do_nothing()
        if tx.connection.execute(made.returning(cloud_version.c.number)).first() is None:
            return _kept_before(tx, site.serial, number, sent.version)
        rate.charge(tx, f"versions:{site.serial}", _VERSIONS)
        _need(tx, folder, site.serial, number, document, needs)
        newer = update(cloud_site).where(cloud_site.c.serial == site.serial, cloud_site.c.newest < number)
        tx.connection.execute(newer.values(newest=number))
        _prune(tx, site.serial)
        audit.record(tx, who, "cloud.version_kept", detail={"serial": site.serial, "version": number})
        return news(tx, site.serial)


def _kept_before(tx: Transaction, serial: str, number: int, sent: Signed) -> CloudNews:
    mine = (cloud_version.c.serial == serial) & (cloud_version.c.number == number)
    kept = select(cloud_version.c.document).where(mine)
    if tx.connection.execute(kept).scalar_one() != sent.document:
        raise Refused("cloud_version_differs")
    return news(tx, serial)


def newest(tx: Transaction, site: Any) -> Signed:
    """The newest version of ``site``, as it has signed it. Raises Refused ``version_unknown``."""
    mine = (cloud_version.c.serial == site.serial) & (cloud_version.c.number == site.newest)
    row = tx.connection.execute(select(cloud_version).where(mine)).one_or_none()
    if row is None:
        raise Refused("version_unknown")
    return Signed(document=row.document, signature=row.signature)


def news(tx: Transaction, serial: str) -> CloudNews:
    """What a site must know."""
    row = _news.first(tx.connection, serial=serial)
    if row is None:
        raise Refused("cloud_token_unknown")
    return CloudNews(
        offer=row.seq or 0, waiting=row.outcome == WAITING, held=row.newest, seen_from=row.seen_from
    )


def offer(store: Store, who: Principal, site: Any, folder: Path, sent: Signed) -> CloudOffer:
    """Leave a version for ``site``; it takes the place of one that still waits.

    Raises Refused: ``cloud_forged``, ``cloud_base_stale``, ``package_unknown``, ``package_incomplete``,
    ``too_many_attempts``.
    """
    try:
        document = signatures.read(sent, VersionDocument)
    except ForgedError:
        raise Refused("cloud_forged") from None
    if document.serial != site.serial:
        raise Refused("cloud_forged")
    needs = {"": (document.package.sha256, _NOTHING)} if document.package else {}
    needs |= {name: (info.sha256, _NOTHING) for name, info in document.profiles.items()}
    with store.write() as tx:
        holding.turn(tx, f"cloud {site.serial}")
        held = select(cloud_site.c.newest).where(cloud_site.c.serial == site.serial)
        in_force = tx.connection.execute(held).scalar_one_or_none()
        if document.base != in_force or document.number != document.base + 1:
            raise Refused("cloud_base_stale", version=in_force)
        rate.charge(tx, f"offers:{site.serial}", _OFFERS)
        row = {"number": document.number, "document": sent.document, "signature": sent.signature}
        row |= {"at": tx.now, "outcome": WAITING, "reason": "", "told_at": None}
        made = insert(tx.connection, cloud_offer).values(serial=site.serial, seq=1, **row)
        made = made.on_conflict_do_update(
            index_elements=[cloud_offer.c.serial], set_=row | {"seq": cloud_offer.c.seq + 1}
        )
        kept = tx.connection.execute(made.returning(cloud_offer)).one()
        _drop_needs(tx, site.serial, OFFER)
        _need(tx, folder, site.serial, OFFER, document, needs)
        audit.record(tx, who, "cloud.offered", detail={"serial": site.serial, "version": document.number})
        return offer_view(kept)


def offer_of(tx: Transaction, serial: str) -> Offered:
    """The last offer for a site. Raises Refused ``version_unknown``."""
    row = _offer(tx, serial)
    return Offered(seq=row.seq, version=Signed(document=row.document, signature=row.signature))


def outcome_of(tx: Transaction, serial: str) -> CloudOffer:
    """What came of the last offer for a site. Raises Refused ``version_unknown``."""
    return offer_view(_offer(tx, serial))


def settle(tx: Transaction, who: Principal, serial: str, said: OfferOutcome) -> CloudNews:
    """Write down what the site made of an offer; one that a newer has replaced is nobody's concern.

    Raises Refused ``too_many_attempts``.
    """
    mine = (cloud_offer.c.serial == serial) & (cloud_offer.c.seq == said.seq)
    told = {"outcome": said.outcome, "reason": said.reason, "told_at": tx.now}
    changed = update(cloud_offer).where(mine, cloud_offer.c.outcome != said.outcome).values(**told)
    row = tx.connection.execute(changed.returning(cloud_offer.c.number)).one_or_none()
    if row is not None:
        rate.charge(tx, f"outcomes:{serial}", _OFFERS)
        detail = {"serial": serial, "version": row.number, "outcome": said.outcome, "reason": said.reason}
        audit.record(tx, who, "cloud.offer_settled", detail=detail)
        if said.outcome != APPLIED:
            _drop_needs(tx, serial, OFFER)
    return news(tx, serial)


_NOTHING: Final = Signed(document="", signature="")


def _offer(tx: Transaction, serial: str) -> Any:
    row = tx.connection.execute(select(cloud_offer).where(cloud_offer.c.serial == serial)).one_or_none()
    if row is None:
        raise Refused("version_unknown")
    return row


def _signed_by(site: Any, signed: Signed, purpose: Purpose, shape: Any) -> Any:
    try:
        return signatures.verified(signed, purpose, site.key, shape)
    except ForgedError:
        raise Refused("cloud_forged") from None


def _needs(site: Any, document: VersionDocument, told: list[Signed]) -> _Needs:
    """Every profile of ``document`` with what its clients are told. Raises Refused ``cloud_forged``."""
    needs: _Needs = {"": (document.package.sha256, _NOTHING)} if document.package else {}
    for signed in told:
        about: PackageDocument = _signed_by(site, signed, Purpose.PACKAGE, PackageDocument)
        same = about.serial == document.serial and about.number == document.number
        if not same or document.profiles.get(about.profile) != about.package:
            raise Refused("cloud_forged")
        needs[about.profile] = (about.package.sha256, signed)
    if needs.keys() - {""} != document.profiles.keys():
        raise Refused("cloud_forged")
    return needs


def _need(
    tx: Transaction, folder: Path, serial: str, number: int, document: VersionDocument, needs: _Needs
) -> None:
    infos = [*document.profiles.values(), *([document.package] if document.package else [])]
    cloud_packages.require_whole(tx, folder, serial, infos)
    rows = [
        {"serial": serial, "number": number, "profile": profile, "sha256": sha256}
        | {"document": told.document, "signature": told.signature}
        for profile, (sha256, told) in needs.items()
    ]
    if rows:
        tx.connection.execute(cloud_need.insert(), rows)


def _drop_needs(tx: Transaction, serial: str, number: int) -> None:
    mine = (cloud_need.c.serial == serial) & (cloud_need.c.number == number)
    tx.connection.execute(delete(cloud_need).where(mine))


def _prune(tx: Transaction, serial: str) -> None:
    newest_one = select(cloud_site.c.newest).where(cloud_site.c.serial == serial).scalar_subquery()
    for table in (cloud_version, cloud_need):
        old = (table.c.serial == serial) & (table.c.number <= newest_one - KEPT) & (table.c.number > OFFER)
        tx.connection.execute(delete(table).where(old))
    cloud_packages.drop_unused(tx, serial)
