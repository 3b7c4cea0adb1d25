"""Manage clients: look up, add, edit, remove."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from vestibule.access import (
    audit,
    cloud_tickets,
    codes,
    holding,
    limits,
    outbox,
    sessions,
    throttle,
)
from vestibule.access.client_fields import columns_of
from vestibule.access.client_view import view
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.access.standing import one, settle
from vestibule.access.validity import EVERY_DAY
from vestibule.models import Client, ClientFields, ClientNew, Kind
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


def find(tx: Transaction, client_id: str) -> Any:
    """The client's row with its code's columns. Raises Refused ``client_unknown``."""
    row = one.first(tx.connection, client_id=client_id)
    if row is None:
        raise Refused("client_unknown")
    return row


def hold(tx: Transaction, client_id: str) -> Any:
    """The same of a client that nobody else changes until this transaction has ended."""
    holding.hold_client(tx, client_id)
    return find(tx, client_id)


def get(tx: Transaction, client_id: str, links: str) -> Client:
    """One client as an admin sees it. Raises Refused ``client_unknown``."""
    return view(tx, find(tx, client_id), links)


def get_own(tx: Transaction, client_id: str) -> Client:
    """One client as it sees itself. Raises Refused ``client_unknown``."""
    return own(tx, find(tx, client_id))


def own(tx: Transaction, row: Any) -> Client:
    """A client's row as it sees itself: without the code that an admin may see."""
    return msgspec.structs.replace(view(tx, row, ""), code=None)


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
