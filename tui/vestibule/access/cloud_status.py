"""How a site stands with its cloud, for those who administer it."""

from __future__ import annotations

from typing import Any

from vestibule import signatures
from vestibule.access import cloud_link, cloud_updates, settings
from vestibule.access.cloud_link import Plan
from vestibule.cloud_address import CloudAddress
from vestibule.cloud_models import CloudStatus
from vestibule.store.clock import to_datetime_or_none
from vestibule.store.engine import Transaction


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
    )


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
