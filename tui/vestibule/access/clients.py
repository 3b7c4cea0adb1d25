"""Manage clients: look up, add, edit, remove."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, delete, select, update
from sqlalchemy.exc import IntegrityError

from vestibule import text
from vestibule.access import (
    audit,
    cloud_tickets,
    codes,
    holding,
    limits,
    outbox,
    policy,
    sessions,
    throttle,
)
from vestibule.access.client_fields import columns_of
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.access.standing import code_columns, code_is_unspent, joined, settle, state
from vestibule.access.validity import EVERY_DAY, weekday_list
from vestibule.models import Client, ClientFields, ClientNew, Kind
from vestibule.store.clock import to_datetime, to_datetime_or_none
from vestibule.store.engine import Transaction
from vestibule.store.schema import challenge, client

_SHORTEST = 10
"""Minutes of the shortest code."""
_BLANK: Mapping[str, Any] = {
    "name": "",
    "name_key": "",
    "search": "",
    "profile": "",
    "kind": Kind.INTERNAL.value,
    "admin": False,
    "service": False,
    "require_two_factors": False,
    "cloud_access": True,
    "enabled": True,
    "weekdays": EVERY_DAY,
    "hours_from": 0,
    "hours_until": 1440,
    "note": "",
    "rank": 0,
    "ends_at": 0,
}


def find(tx: Transaction, client_id: str) -> Row[Any]:
    """The client's row with its code's columns. Raises Refused ``client_unknown``."""
    query = select(client, *code_columns).select_from(joined).where(client.c.id == client_id)
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        raise Refused("client_unknown")
    return row


def hold(tx: Transaction, client_id: str) -> Row[Any]:
    """The same of a client that nobody else changes until this transaction has ended."""
    holding.hold_client(tx, client_id)
    return find(tx, client_id)


def get(tx: Transaction, client_id: str, links: str) -> Client:
    """One client as an admin sees it. Raises Refused ``client_unknown``."""
    return view(tx, find(tx, client_id), links)


def get_own(tx: Transaction, client_id: str) -> Client:
    """One client as it sees itself: without the code that an admin may see."""
    return msgspec.structs.replace(get(tx, client_id, ""), code=None)


def add(tx: Transaction, who: Principal, fields: ClientNew, links: str) -> Client:
    """Make a client and, unless ``code_minutes`` is 0, its first code.

    Raises Refused for a bad field, a taken username, or an admin made without a fresh login.
    """
    if fields.admin is True:
        who.need_fresh()
    client_id = insert_client(tx, columns_of(fields, None))
    audit.record(tx, who, "client.added", client_id, detail={"admin": fields.admin is True})
    if 0 < fields.code_minutes < _SHORTEST:
        raise Refused("invalid", field="code_minutes", detail=f"Expected `int` >= {_SHORTEST}")
    if fields.code_minutes:
        codes.issue(tx, who, client_id, fields.code_minutes)
    return get(tx, client_id, links)


def insert_client(tx: Transaction, columns: Mapping[str, Any]) -> str:
    """Insert a row of ``columns`` over blanks and return its new id."""
    client_id = secrets.token_hex(8)
    row = {**_BLANK, **columns, "id": client_id, "created_at": tx.now}
    _execute_unique(tx, client.insert().values(**row))
    settle(tx, client_id)
    return client_id


def edit(tx: Transaction, who: Principal, client_id: str, fields: ClientFields, links: str) -> Client:
    """Change what ``fields`` names. Raises Refused as :func:`add` does, and for what is protected."""
    row = hold(tx, client_id)
    columns = columns_of(fields, row)
    changed = {name: value for name, value in columns.items() if getattr(row, name) != value}
    if changed:
        _guard(who, row, changed)
        if "admin" in changed:
            limits.forget_over(tx, client_id)  # other limits hold from now on
        _execute_unique(tx, update(client).where(client.c.id == client_id).values(**changed))
        if row.admin:
            _keep_an_admin(tx)
        settle(tx, client_id)
        if changed.get("enabled") is True:
            # Disabled, every session was refused with the reason; enabled again, none comes back to life.
            sessions.end_all(tx, client_id)
            tx.connection.execute(delete(challenge).where(challenge.c.client_id == client_id))
        if cloud_tickets.VOIDING & changed.keys():
            cloud_tickets.take_back(tx, client_id)
        audit.record(tx, who, "client.edited", client_id, detail=_difference(row, changed))
    return get(tx, client_id, links)


def remove(tx: Transaction, who: Principal, client_id: str) -> None:
    """Delete a client, its code, devices and sessions."""
    row = hold(tx, client_id)
    if row.service:
        raise Refused("service_fixed")
    if client_id == who.client_id:
        raise Refused("not_yourself")
    guard_admin(who, row)
    outbox.forget_client(tx, client_id)
    throttle.forgive_client(tx, client_id)
    cloud_tickets.take_back(tx, client_id)
    tx.connection.execute(delete(client).where(client.c.id == client_id))
    if row.admin:
        _keep_an_admin(tx)
    audit.record(tx, who, "client.removed", client_id, detail={"name": row.name})


def guard_admin(who: Principal, row: Any) -> None:
    """Whoever acts on an admin must have been recognised anew; on the service account, be it."""
    if row.service and not who.service:
        raise Refused("service_needed")
    if row.admin:
        who.need_fresh()


def _guard(who: Principal, row: Any, changed: Mapping[str, Any]) -> None:
    guard_admin(who, row)
    if row.service and {"admin", "enabled", "valid_from", "valid_until", "username"} & changed.keys():
        raise Refused("service_fixed")
    if "admin" in changed:
        who.need_fresh()
    if row.id == who.client_id and {"admin", "enabled"} & changed.keys():
        raise Refused("not_yourself")


def _keep_an_admin(tx: Transaction) -> None:
    """Undo what would leave a site that nobody can administer; the service account counts."""
    holding.turn(tx, "admins")
    lasting = (client.c.admin, client.c.enabled, client.c.valid_until.is_(None))
    if tx.connection.execute(select(client.c.id).where(*lasting).limit(1)).first() is None:
        raise Refused("last_admin")


def _difference(row: Any, changed: Mapping[str, Any]) -> dict[str, Any]:
    derived = {"name_key", "username_key", "search"}
    return {name: [getattr(row, name), new] for name, new in changed.items() if name not in derived}


def _execute_unique(tx: Transaction, statement: Any) -> None:
    try:
        tx.connection.execute(statement)
    except IntegrityError:
        raise Refused("username_taken", field="username") from None


def matching(tx: Transaction, filter_text: str) -> ColumnElement[bool] | None:
    """The condition for clients that ``filter_text`` finds: by any visible text, or by a whole code."""
    try:
        owner = codes.owner(tx, codes.normal(filter_text))
    except Refused:
        owner = None
    if owner is not None:
        return client.c.id == owner
    needle = text.name_key(text.normal(filter_text))
    return client.c.search.contains(needle, autoescape=True) if needle else None


def view(tx: Transaction, row: Any, links: str) -> Client:
    """A row as an admin sees it."""
    code = codes.view(tx, row, links)
    unspent = code_is_unspent(row)
    return Client(
        id=row.id,
        name=row.name,
        label=_label(row, code.code if code else None, unspent),
        state=state(row, tx.now),
        username=row.username,
        profile=row.profile,
        kind=Kind(row.kind),
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
