"""What changed after a number: read from the audit, so there is one record of what happened."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, or_, select

from vestibule.access.principal import Principal
from vestibule.models import Event, Events
from vestibule.store.engine import Transaction
from vestibule.store.schema import audit

_MOST = 200
SITE_WIDE: Final = (
    "system.uploaded",
    "system.restored",
    "retention.changed",
    "hook.ran",
    "policy.changed",
    "limits.changed",
    "sms.moved",
    "sms.queued",
    "cloud.registered",
    "cloud.signer_added",
    "cloud.signer_removed",
    "cloud.site_added",
    "cloud.site_reset",
    "cloud.site_removed",
    "cloud.offer_settled",
    "cloud.version_kept",
)
"""Actions that are about no client and yet change what an admin sees."""
_FOR_ALL: Final = ("system.uploaded", "system.restored")
"""Of these everybody hears that they happened: there may be a new project for them at the cloud."""
_EVEN_FAILED: Final = ("hook.ran", "sms.moved")
_ALARMS: Final = ("cloud_key_changed",)
"""Refusals that somebody should see at once. Who gets one knew the password: guessing wakes nobody."""


def after(tx: Transaction, who: Principal, seq: int) -> Events:
    """Decisions that took effect after ``seq``; for others than admins, those that concern them."""
    last = tx.connection.execute(select(func.coalesce(func.max(audit.c.seq), 0))).scalar_one()
    worth_telling = or_(audit.c.subject.is_not(None), audit.c.action.in_(SITE_WIDE))
    took_effect = or_(audit.c.outcome.in_(("ok", *_ALARMS)), audit.c.action.in_(_EVEN_FAILED))
    query = (
        select(audit.c.seq, audit.c.action, audit.c.subject)
        .where(audit.c.seq > seq, took_effect, worth_telling)
        .order_by(audit.c.seq)
        .limit(_MOST + 1)
    )
    if who.enrolling:
        query = query.where(audit.c.subject == who.client_id)
    elif not who.admin:
        query = query.where(or_(audit.c.subject == who.client_id, audit.c.action.in_(_FOR_ALL)))
    rows = tx.connection.execute(query).all()
    if len(rows) > _MOST:
        return Events(events=[], last=last, reset=True)
    events = [Event(seq=row.seq, action=row.action, subject=row.subject) for row in rows]
    return Events(events=events, last=last)
