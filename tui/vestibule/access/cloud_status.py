"""How a site stands with its cloud, for those who administer it."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec
from sqlalchemy import select

from vestibule import signatures
from vestibule.access import cloud_link, cloud_signers, cloud_updates, settings
from vestibule.access.cloud_link import Plan
from vestibule.access.principal import Principal
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import CloudStatus
from vestibule.models import Event, Events
from vestibule.store.clock import to_datetime_or_none
from vestibule.store.cloud_schema import cloud_link as link_row
from vestibule.store.cloud_schema import cloud_update
from vestibule.store.engine import Transaction

CHANGED: Final = "cloud.changed"
"""What an admin is told when the site stands otherwise with its cloud. An outage is no decision: the audit
has no row of it."""


def show(tx: Transaction, cloud: CloudAddress | None, trouble: str) -> CloudStatus:
    """All of it. ``trouble``: what is wrong with the host's settings."""
    plan, link = cloud_link.plan(tx, cloud, trouble), cloud_link.row(tx)
    key = signatures.fingerprint(link.key) if link is not None else ""
    is_theirs = link is not None and plan.token is not None
    return CloudStatus(
        state=_state(plan),
        missing=list(plan.missing) if plan.on else [],
        address=plan.address,
        serial=plan.serial,
        key=key,
        link=f"{plan.address}/s/{plan.serial}?k={key}" if plan.ready and key else "",
        registered_at=to_datetime_or_none(link.registered_at) if is_theirs else None,
        contact_at=to_datetime_or_none(link.contact_at) if is_theirs else None,
        trouble=link.trouble if link is not None and plan.ready else "",
        trouble_at=to_datetime_or_none(link.trouble_at) if link is not None and plan.ready else None,
        held=link.held if is_theirs else 0,
        newest=settings.newest(tx).number,
        waiting=bool(is_theirs and link.waiting),
        updates=cloud_updates.last(tx),
        public=plan.ready and bool(settings.setting(tx, "automatic_connection")),
        uploaders=cloud_signers.count(tx),
    )


def with_mark(tx: Transaction, who: Principal, found: Events, known: str | None) -> Events:
    """``found`` with the mark of the cloud's state for admins; another one than ``known`` is news."""
    if not who.admin or who.enrolling:
        return found
    mark = _mark(tx)
    told = [Event(seq=found.last, action=CHANGED, subject=None)] if known not in (None, mark) else []
    return msgspec.structs.replace(found, events=[*found.events, *told], cloud=mark)


def _mark(tx: Transaction) -> str:
    """Another one whenever :func:`show` says something else, be it not the time of the last contact."""
    row, update = link_row.c, cloud_update.c
    said = [row.address, row.serial, row.registered_at, row.token_vaulted.is_not(None), row.trouble]
    link = tx.connection.execute(select(*said, row.held, row.waiting)).one_or_none()
    if link is None:
        return "none"
    last = select(update.at, update.outcome, update.reason).order_by(update.at.desc()).limit(1)
    return hashlib.sha256(repr((link, tx.connection.execute(last).one_or_none())).encode()).hexdigest()[:16]


def _state(plan: Plan) -> str:
    if not plan.on:
        return "off"
    if plan.missing:
        return "incomplete"
    return "registered" if plan.token is not None else "new"


def offers_tickets(tx: Transaction, cloud: CloudAddress | None) -> bool:
    """Whether clients may get tickets."""
    plan: Any = cloud_link.plan(tx, cloud)
    return bool(plan.ready and plan.token is not None)
