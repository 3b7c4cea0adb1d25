"""What a client is told about its own access: shown at the next login, and sent to its phone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select, update

from vestibule.access import holding, outbox, sms_texts
from vestibule.access.outbox import Gateway
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.models import FactorKind
from vestibule.store.clock import DAY, SECOND, to_datetime
from vestibule.store.dialect import delete_free
from vestibule.store.engine import Transaction
from vestibule.store.schema import factor as factor_table
from vestibule.store.schema import notice
from vestibule.two_factor_models import Notice, NoticeKind, Notices, SmsPurpose

_KEPT = 90 * DAY
_MOST = 50
_SMS_LIFE = DAY


def tell(
    tx: Transaction,
    gateway: Gateway | None,
    row: Any,
    what: NoticeKind,
    source: str,
    factor: FactorKind | None = None,
    former: Iterable[str] = (),
) -> None:
    """Tell the client of ``row`` at its next login and on its phones, ``former`` ones too."""
    add(tx, row.id, what, source, factor=factor)
    send(tx, gateway, row, what, former)


def send(
    tx: Transaction, gateway: Gateway | None, row: Any, what: NoticeKind, former: Iterable[str] = ()
) -> None:
    """Tell the client of ``row`` on its phones, as far as the site's limits allow."""
    mine = select(factor_table.c.phone).where(factor_table.c.client_id == row.id)
    phones = {row.phone, *tx.connection.execute(mine).scalars(), *former} - {None}
    text = sms_texts.notice(tx, sms_texts.language_of(tx, row.language), what)
    for phone in sorted(phones):
        try:
            outbox.queue(tx, gateway, phone, SmsPurpose.NOTICE, text, _SMS_LIFE // SECOND, row.id)
        except Refused:
            continue  # it still stands at the next login


def add(
    tx: Transaction,
    client_id: str,
    what: NoticeKind,
    source: str,
    *,
    factor: FactorKind | None = None,
    challenge_id: str | None = None,
) -> None:
    """Tell the client at its next login. ``source`` is where it was done from."""
    row = {"client_id": client_id, "what": what.value, "source": source, "at": tx.now, "seen_at": None}
    row |= {"factor": factor.value if factor else None, "challenge_id": challenge_id}
    tx.connection.execute(notice.insert().values(**row))


def add_once(tx: Transaction, client_id: str, what: NoticeKind, source: str, challenge_id: str) -> bool:
    """The same for what may happen often: said already and not read yet, only its time moves, and False."""
    same = (notice.c.client_id == client_id) & (notice.c.what == what.value) & (notice.c.source == source)
    unread = update(notice).where(same, notice.c.seen_at.is_(None)).values(at=tx.now)
    if tx.connection.execute(unread.returning(notice.c.id)).first() is not None:
        return False
    add(tx, client_id, what, source, challenge_id=challenge_id)
    return True


def take_back(tx: Transaction, challenge_id: str) -> None:
    """It was the client itself that mistyped: the same login has succeeded."""
    tx.connection.execute(delete(notice).where(notice.c.challenge_id == challenge_id))


def unseen(tx: Transaction, client_id: str) -> Notices:
    """What the client has not read yet, oldest first."""
    mine = (notice.c.client_id == client_id) & notice.c.seen_at.is_(None)
    rows = tx.connection.execute(select(notice).where(mine).order_by(notice.c.id).limit(_MOST))
    return Notices(
        notices=[
            Notice(
                id=row.id,
                at=to_datetime(row.at),
                what=NoticeKind(row.what),
                factor=FactorKind(row.factor) if row.factor else None,
                source=row.source,
            )
            for row in rows
        ]
    )


def seen(tx: Transaction, who: Principal, last: int) -> None:
    """The client has read everything up to ``last``."""
    holding.hold_client(tx, who.client_id)
    mine = (notice.c.client_id == who.client_id) & notice.c.seen_at.is_(None) & (notice.c.id <= last)
    tx.connection.execute(update(notice).where(mine).values(seen_at=tx.now))


def prune(tx: Transaction) -> None:
    """Forget what was read long ago."""
    delete_free(tx.connection, notice, notice.c.seen_at < tx.now - _KEPT)
