"""What changed after a number: read from the audit, so there is one record of what happened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, String, bindparam, func, or_, select

from vestibule.access.principal import Principal
from vestibule.models import Event, Events
from vestibule.store.engine import Transaction
from vestibule.store.prepared import Prepared
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


def _is_one_of(column: ColumnElement[str], values: Iterable[str]) -> ColumnElement[bool]:
    return or_(*(column == value for value in values))


_last = Prepared(select(func.coalesce(func.max(audit.c.seq), 0).label("seq")))
_news = (
    select(audit.c.seq, audit.c.action, audit.c.subject)
    .where(audit.c.seq > bindparam("seq", type_=BigInteger))
    .where(or_(_is_one_of(audit.c.outcome, ("ok", *_ALARMS)), _is_one_of(audit.c.action, _EVEN_FAILED)))
    .order_by(audit.c.seq)
    .limit(_MOST + 1)
)
_is_own = audit.c.subject == bindparam("client_id", type_=String)
_of_admins = Prepared(_news.where(or_(audit.c.subject.is_not(None), _is_one_of(audit.c.action, SITE_WIDE))))
_of_others = Prepared(_news.where(or_(_is_own, _is_one_of(audit.c.action, _FOR_ALL))))
_of_enrolling = Prepared(_news.where(_is_own))


def after(tx: Transaction, who: Principal, seq: int) -> Events:
    """Decisions that took effect after ``seq``; for others than admins, those that concern them."""
    last = _last.first(tx.connection).seq
    asked = _of_enrolling if who.enrolling else _of_admins if who.admin else _of_others
    rows = asked.all(tx.connection, seq=seq, client_id=who.client_id)
    if len(rows) > _MOST:
        return Events(events=[], last=last, reset=True)
    events = [Event(seq=row.seq, action=row.action, subject=row.subject) for row in rows]
    return Events(events=events, last=last)
