"""The outbox: text messages that wait, are carried by the gateway, and are forgotten when their time is over.

Each step is one guarded statement with a lease, so that several processes never send one twice.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from vestibule.access import audit, holding, phones
from vestibule.access.principal import Principal, server
from vestibule.access.refused import Refused
from vestibule.sms.channel import Channel, Message, Progress, Receipt
from vestibule.sms.settings import SmsSettings
from vestibule.store.clock import DAY, MINUTE, NEVER, SECOND, to_datetime, to_datetime_or_none
from vestibule.store.dialect import delete_free
from vestibule.store.engine import Transaction
from vestibule.store.errors import StoreError
from vestibule.store.schema import sms
from vestibule.two_factor_models import Delivery, Sms, SmsPage, SmsPurpose

HOUR = 60 * MINUTE
LEASE = 180 * SECOND
"""How long one who has taken a message up may be silent before another tries."""
KEPT = 30 * DAY
_ASK_AGAIN = 2 * SECOND
_WAITS = (2, 5, 10, 20, 40, 60)
"""Seconds before each further try."""
_REASON_LIMIT = 200
_NOTICES_PER_DAY = 10


@dataclass(frozen=True)
class Gateway:
    """What carries messages, and the site's rules for it."""

    channel: Channel
    settings: SmsSettings


@dataclass(frozen=True)
class Task:
    """One message taken up: to be sent, or, once handed over, to be asked about."""

    id: str
    message: Message | None
    provider_id: str


def queue(
    tx: Transaction,
    gateway: Gateway | None,
    phone: str,
    purpose: SmsPurpose,
    text: str,
    seconds: int,
    client_id: str | None = None,
    who: Principal | None = None,
) -> str:
    """Put ``text`` into the outbox; it is not sent once ``seconds`` have passed. Returns its id.

    ``who`` asked for it, where that is not the server itself. Raises Refused: ``sms_not_set_up``,
    ``sms_prefix`` for a number the site sends nothing to, and ``sms_limit`` when the client or the
    site has had too many (text messages cost money).
    """
    if gateway is None:
        raise Refused("sms_not_set_up")
    rules = gateway.settings
    if not rules.allows(phone):
        raise Refused("sms_prefix", field="number")
    # What is counted stays so until this one is counted too.
    holding.turn(tx, "outbox")
    if client_id is not None:
        # Notices have a share of their own: nobody's logins run dry because somebody else tries them.
        notices = sms.c.purpose == SmsPurpose.NOTICE.value
        same = notices if purpose is SmsPurpose.NOTICE else ~notices
        most = _NOTICES_PER_DAY if purpose is SmsPurpose.NOTICE else rules.per_client_per_day
        _limit(tx, same & (sms.c.client_id == client_id), DAY, most)
    _limit(tx, sms.c.id.is_not(None), HOUR, rules.per_site_per_hour)
    message_id = secrets.token_hex(8)
    row: dict[str, Any] = {"id": message_id, "client_id": client_id, "phone": phone, "purpose": purpose.value}
    row |= {"vaulted": tx.vault.seal(_vault_row(message_id), text), "delivery": Delivery.QUEUED.value}
    row |= {"attempts": 0, "due_at": tx.now, "expires_at": tx.now + seconds * SECOND, "at": tx.now}
    tx.connection.execute(sms.insert().values(**row, provider_id="", reason=""))
    detail = {"id": message_id, "purpose": purpose.value}
    audit.record(tx, who or server(), "sms.queued", client_id, detail=detail)
    return message_id


def _limit(tx: Transaction, whose: ColumnElement[bool], span: int, most: int) -> None:
    query = select(func.count(), func.min(sms.c.at)).where(whose, sms.c.at > tx.now - span)
    count, first = tx.connection.execute(query).one()
    if count >= most:
        raise Refused("sms_limit", retry_after=max(1, (first + span - tx.now) // SECOND))


def next_due(tx: Transaction) -> int:
    """When there is something to do next; NEVER when there is nothing."""
    due = select(func.min(sms.c.due_at))
    uncleared = select(func.min(sms.c.expires_at)).where(_to_clear)
    return min(tx.connection.execute(query).scalar() or NEVER for query in (due, uncleared))


def take_up(tx: Transaction, gateway: Gateway) -> Task | None:
    """The next message to send or to ask about; leased to the caller. None when none is due."""
    first = select(sms.c.id).where(sms.c.due_at <= tx.now, sms.c.expires_at > tx.now)
    free = first.order_by(sms.c.due_at).limit(1).with_for_update(skip_locked=True)
    taken = (
        update(sms)
        .where(sms.c.id == free.scalar_subquery(), sms.c.due_at <= tx.now)
        .values(due_at=tx.now + LEASE)
        .returning(sms)
    )
    row = tx.connection.execute(taken).one_or_none()
    if row is None:
        return None
    if row.handed_at is not None:
        return Task(row.id, None, row.provider_id)
    tx.connection.execute(update(sms).where(sms.c.id == row.id).values(attempts=sms.c.attempts + 1))
    left = (row.expires_at - tx.now) // SECOND
    try:
        text = tx.vault.open(_vault_row(row.id), row.vaulted)
        message = Message(row.id, row.phone, text, gateway.settings.sender, left)
    except (ValueError, StoreError):
        _done(tx, row, Delivery.FAILED, "this message cannot be sent")
        return take_up(tx, gateway)
    return Task(row.id, message, row.provider_id)


def settle(tx: Transaction, task: Task, receipt: Receipt) -> None:
    """Keep what the gateway said of ``task``; ignored if it is done already."""
    mine = select(sms).where(sms.c.id == task.id, sms.c.due_at < NEVER).with_for_update()
    row = tx.connection.execute(mine).one_or_none()
    if row is None:
        return
    reason = receipt.reason[:_REASON_LIMIT]
    if receipt.progress is Progress.SENT:
        _done(tx, row, Delivery.SENT, "")
    elif receipt.progress is Progress.QUEUED:
        handed = {"handed_at": row.handed_at or tx.now, "provider_id": receipt.provider_id or row.provider_id}
        _wait(tx, row, _ASK_AGAIN, reason, handed)
    elif receipt.again:
        pause = _WAITS[min(row.attempts, len(_WAITS)) - 1] * SECOND
        # What could only not be asked about is with the gateway all the same: it is not sent again.
        again = {"handed_at": None} if task.message is not None else {}
        _wait(tx, row, pause, reason, again)
    else:
        _done(tx, row, Delivery.FAILED, reason)


def _wait(tx: Transaction, row: Any, pause: int, reason: str, more: dict[str, Any]) -> None:
    tx.connection.execute(
        update(sms).where(sms.c.id == row.id).values(due_at=tx.now + pause, reason=reason, **more)
    )
    if reason != row.reason:
        _tell(tx, row, "waiting", reason)


def _done(tx: Transaction, row: Any, delivery: Delivery, reason: str) -> None:
    values = {"delivery": delivery.value, "reason": reason, "due_at": NEVER, "done_at": tx.now}
    tx.connection.execute(update(sms).where(sms.c.id == row.id).values(vaulted=None, **values))
    _tell(tx, row, delivery.value, reason)


def _tell(tx: Transaction, row: Any, what: str, reason: str) -> None:
    detail = {"id": row.id, "purpose": row.purpose, "delivery": what, "reason": reason}
    outcome = "sms_failed" if what == Delivery.FAILED.value else "ok"
    audit.record(tx, server(), "sms.moved", row.client_id, outcome=outcome, detail=detail)


def give_up(tx: Transaction) -> None:
    """What was not sent in its time is never sent."""
    dead = (sms.c.due_at < NEVER) & (sms.c.expires_at <= tx.now)
    for row in tx.connection.execute(select(sms).where(dead).with_for_update(skip_locked=True)).all():
        _done(tx, row, Delivery.FAILED, row.reason or "too late")


_to_clear = sms.c.cleared_at.is_(None) & (sms.c.attempts > 0)


def to_clear(tx: Transaction) -> Sequence[str]:
    """Messages whose text the gateway must not hold any longer."""
    over = _to_clear & (sms.c.expires_at <= tx.now)
    return tx.connection.execute(select(sms.c.id).where(over).limit(100)).scalars().all()


def anything_over(tx: Transaction) -> bool:
    """Whether a message's time is over and something is to be done about it."""
    over = ((sms.c.due_at < NEVER) | _to_clear) & (sms.c.expires_at <= tx.now)
    return tx.connection.execute(select(sms.c.id).where(over).limit(1)).first() is not None


def cleared(tx: Transaction, message_id: str) -> None:
    """The gateway has been told to forget it."""
    tx.connection.execute(update(sms).where(sms.c.id == message_id).values(cleared_at=tx.now))


def forget_client(tx: Transaction, client_id: str) -> None:
    """The client is removed: nothing more is sent to it, and its number is forgotten."""
    mine = sms.c.client_id == client_id
    waiting = {"delivery": Delivery.FAILED.value, "due_at": NEVER, "done_at": tx.now, "vaulted": None}
    tx.connection.execute(update(sms).where(mine, sms.c.due_at < NEVER).values(**waiting, reason="removed"))
    tx.connection.execute(update(sms).where(mine).values(phone=""))


def prune(tx: Transaction) -> None:
    """Forget messages of long ago."""
    delete_free(tx.connection, sms, sms.c.at < tx.now - KEPT, sms.c.due_at == NEVER)


def find(tx: Transaction, message_id: str) -> Any:
    """A message's row. Raises Refused ``sms_unknown``."""
    row = tx.connection.execute(select(sms).where(sms.c.id == message_id)).one_or_none()
    if row is None:
        raise Refused("sms_unknown")
    return row


def page(tx: Transaction, cursor: str | None, limit: int) -> SmsPage:
    """The newest first; ``cursor`` continues. Raises Refused ``cursor_invalid``."""
    query = select(sms).order_by(sms.c.at.desc(), sms.c.id.desc()).limit(limit + 1)
    if cursor is not None:
        at, _, last = cursor.partition("-")
        if not (at.isascii() and at.isdecimal() and len(at) < 19):
            raise Refused("cursor_invalid")
        query = query.where((sms.c.at < int(at)) | ((sms.c.at == int(at)) & (sms.c.id < last)))
    rows = tx.connection.execute(query).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return SmsPage(
        messages=[view(row) for row in rows], next=f"{rows[-1].at}-{rows[-1].id}" if more else None
    )


def view(row: Any) -> Sms:
    """A message as an admin sees it: without text and whole number."""
    return Sms(
        id=row.id,
        at=to_datetime(row.at),
        client_id=row.client_id,
        phone=phones.masked(row.phone),
        purpose=SmsPurpose(row.purpose),
        delivery=Delivery(row.delivery),
        attempts=row.attempts,
        reason=row.reason,
        done_at=to_datetime_or_none(row.done_at),
    )


def _vault_row(message_id: str) -> str:
    return f"sms:vaulted:{message_id}"
