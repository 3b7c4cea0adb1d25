"""What changed after a number: read from the audit, so there is one record of what happened."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, String, bindparam, func, or_, select

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
)
"""Actions that are about no client and yet change what an admin sees."""
_EVEN_FAILED: Final = ("hook.ran", "sms.moved")

_last = Prepared(select(func.coalesce(func.max(audit.c.seq), 0).label("seq")))
_news = (
    select(audit.c.seq, audit.c.action, audit.c.subject)
    .where(audit.c.seq > bindparam("seq", type_=BigInteger))
    .where(or_(audit.c.outcome == "ok", *(audit.c.action == each for each in _EVEN_FAILED)))
    .order_by(audit.c.seq)
    .limit(_MOST + 1)
)
_any = Prepared(
    _news.where(or_(audit.c.subject.is_not(None), *(audit.c.action == each for each in SITE_WIDE)))
)
_own = Prepared(_news.where(audit.c.subject == bindparam("client_id", type_=String)))


def after(tx: Transaction, who: Principal, seq: int) -> Events:
    """Decisions that took effect after ``seq``; for others than admins, those about themselves."""
    last = _last.first(tx.connection).seq
    if who.admin and not who.enrolling:
        rows = _any.all(tx.connection, seq=seq)
    else:
        rows = _own.all(tx.connection, seq=seq, client_id=who.client_id)
    if len(rows) > _MOST:
        return Events(events=[], last=last, reset=True)
    events = [Event(seq=row.seq, action=row.action, subject=row.subject) for row in rows]
    return Events(events=events, last=last)
