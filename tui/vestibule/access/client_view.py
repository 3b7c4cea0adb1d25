"""A client's row as an admin sees it, and until when it is seen so unless somebody writes."""

from __future__ import annotations

from typing import Any, Final

from vestibule.access import codes, policy
from vestibule.access.standing import code_is_unspent, state
from vestibule.access.validity import weekday_list
from vestibule.models import Client, Kind
from vestibule.store.clock import NEVER, to_datetime, to_datetime_or_none, to_moment
from vestibule.store.engine import Transaction
from vestibule.store.schema import client

SHOWN: Final = (
    client.c.id,
    client.c.name,
    client.c.username,
    client.c.profile,
    client.c.kind,
    client.c.admin,
    client.c.service,
    client.c.require_two_factors,
    client.c.cloud_access,
    client.c.enabled,
    client.c.valid_from,
    client.c.valid_until,
    client.c.weekdays,
    client.c.hours_from,
    client.c.hours_until,
    client.c.phone,
    client.c.language,
    client.c.note,
    client.c.created_at,
    client.c.first_login_at,
    client.c.last_login_at,
    client.c.factors,
)
"""Columns of a client by which it is seen, beside those of its code."""
_KINDS: Final = {kind.value: kind for kind in Kind}


def view(tx: Transaction, row: Any, links: str) -> Client:
    """A row as an admin sees it now."""
    code = codes.view(tx, row, links)
    unspent = code_is_unspent(row)
    return Client(
        id=row.id,
        name=row.name,
        label=_label(row, code.code if code else None, unspent),
        state=state(row, tx.now),
        username=row.username,
        profile=row.profile,
        kind=_KINDS[row.kind],
        admin=row.admin,
        service=row.service,
        require_two_factors=row.require_two_factors,
        factors=policy.factor_list(row.factors),
        asked=row.asked,
        cloud_access=row.cloud_access,
        enabled=row.enabled,
        valid_from=to_datetime_or_none(row.valid_from),
        valid_until=to_datetime_or_none(row.valid_until),
        weekdays=weekday_list(row.weekdays),
        hours_from=row.hours_from,
        hours_until=row.hours_until,
        phone=row.phone,
        language=row.language,
        note=row.note,
        created_at=to_datetime(row.created_at),
        first_login_at=to_datetime_or_none(row.first_login_at),
        last_login_at=to_datetime_or_none(row.last_login_at),
        code_expires_at=to_datetime(row.code_expires_at) if unspent else None,
        code=code,
    )


def _label(row: Any, code: str | None, unspent: bool) -> str:
    if row.first_login_at is not None:
        return str(row.name)
    if code is not None:
        return code
    hint = f"{row.code_hint}-…" if row.code_hint else "…"
    return hint if unspent or not row.name else str(row.name)


def holds_until(seen: Client, now: int) -> int:
    """The last moment at which a client is seen as it is ``now`` if nobody writes: then something ends."""
    ends = [NEVER]
    if seen.valid_until is not None:
        ends.append(to_moment(seen.valid_until))
    if seen.code_expires_at is not None:
        ends.append(to_moment(seen.code_expires_at) - 1)
    return min(end for end in ends if end >= now)
