"""Where a client is signed in: its devices and open sessions, listed and ended.

Ending a device ends its sessions too. Whoever waits for news there is told at once: the session is gone.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, delete, exists, select, true, tuple_

from vestibule.access import audit, clients, cloud_tickets, limits
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.device_models import Device, DevicePage, Ended, OpenSession, SessionPage
from vestibule.models import Strength
from vestibule.store.clock import to_datetime
from vestibule.store.engine import Transaction
from vestibule.store.schema import challenge, client, device, session

# --- listed -----------------------------------------------------------------------------------


def device_page(
    tx: Transaction, who: Principal, client_id: str, cursor: str | None, limit: int
) -> DevicePage:
    """Devices of a client, the last seen first. Raises Refused: ``client_unknown``, ``cursor_invalid``."""
    clients.find(tx, client_id)
    open_there = exists().where(session.c.device_id == device.c.id, limits.is_open(tx.now))
    signed_in = open_there.correlate(device, client).label("signed_in")
    query = select(device, signed_in).join_from(device, client)
    query = query.where(device.c.client_id == client_id)
    rows, following = _page(tx, query, device, device.c.last_seen_at, cursor, limit)
    at = _device_of(tx, who)
    return DevicePage(devices=[_device(row, row.id == at) for row in rows], next=following)


def session_page(
    tx: Transaction, who: Principal, client_id: str, cursor: str | None, limit: int, *, alone: bool
) -> SessionPage:
    """Open sessions of a client, the last used first; with ``alone`` only those without a device.

    Raises Refused: ``client_unknown``, ``cursor_invalid``.
    """
    clients.find(tx, client_id)
    query = select(session).join_from(session, client)
    query = query.where(session.c.client_id == client_id, limits.is_open(tx.now))
    if alone:
        query = query.where(session.c.device_id.is_(None))
    rows, following = _page(tx, query, session, session.c.seen_at, cursor, limit)
    return SessionPage(sessions=[_session(row, row.id == who.session_id) for row in rows], next=following)


def _page(
    tx: Transaction,
    query: Select[Any],
    table: Table,
    moment: ColumnElement[int],
    cursor: str | None,
    limit: int,
) -> tuple[list[Row[Any]], str | None]:
    if cursor is not None:
        query = query.where(tuple_(moment, table.c.id) < tuple_(*_read(cursor)))
    ordered = query.add_columns(moment.label("moment")).order_by(moment.desc(), table.c.id.desc())
    rows = list(tx.connection.execute(ordered.limit(limit + 1)).all())
    more = len(rows) > limit
    return rows[:limit], f"{rows[limit - 1].moment}.{rows[limit - 1].id}" if more else None


def _read(cursor: str) -> tuple[int, str]:
    moment, _, id = cursor.partition(".")
    if not (moment.isascii() and moment.isdecimal() and len(moment) < 19):
        raise Refused("cursor_invalid", field="cursor")
    return int(moment), id


def _device_of(tx: Transaction, who: Principal) -> str | None:
    """The device that ``who`` sits at."""
    own = select(session.c.device_id).where(session.c.id == who.session_id)
    return tx.connection.execute(own).scalar_one_or_none()


def _device(row: Row[Any], current: bool) -> Device:
    return Device(
        id=row.id,
        name=row.name,
        first_seen_at=to_datetime(row.created_at),
        last_seen_at=to_datetime(row.last_seen_at),
        first_source=row.first_source,
        last_source=row.last_source,
        signed_in=row.signed_in,
        current=current,
    )


def _session(row: Row[Any], current: bool) -> OpenSession:
    return OpenSession(
        id=row.id,
        device_id=row.device_id,
        source=row.source,
        strength=Strength(row.strength),
        opened_at=to_datetime(row.created_at),
        seen_at=to_datetime(row.seen_at),
        expires_at=to_datetime(row.expires_at),
        current=current,
    )


# --- ended ------------------------------------------------------------------------------------


def end_device(tx: Transaction, who: Principal, client_id: str, device_id: str) -> Ended:
    """End a device and its sessions. Raises Refused: ``device_gone``, and as :func:`_guard`."""
    _guard(tx, who, client_id)
    sessions = _end_sessions(tx, client_id, session.c.device_id == device_id)
    mine = (device.c.id == device_id) & (device.c.client_id == client_id)
    gone = tx.connection.execute(delete(device).where(mine).returning(device.c.name)).one_or_none()
    if gone is None:
        raise Refused("device_gone")
    _end_logins(tx, client_id)
    cloud_tickets.take_back(tx, client_id)  # the device had one, perhaps; the others get another
    audit.record(tx, who, "device.ended", client_id, detail={"device": gone.name, "sessions": sessions})
    return Ended(devices=1, sessions=sessions)


def end_session(tx: Transaction, who: Principal, client_id: str, session_id: str) -> Ended:
    """End one session; its device, if it has one, may open another.

    Raises Refused: ``session_gone``, and as :func:`_guard`.
    """
    _guard(tx, who, client_id)
    if not _end_sessions(tx, client_id, session.c.id == session_id):
        raise Refused("session_gone")
    audit.record(tx, who, "session.ended", client_id, detail={"session": session_id})
    return Ended(devices=0, sessions=1)


def end_all(tx: Transaction, who: Principal, client_id: str) -> Ended:
    """End all devices and sessions of a client, but for those that ``who`` acts from.

    Raises Refused as :func:`_guard`.
    """
    _guard(tx, who, client_id)
    at = _device_of(tx, who)
    sessions = _end_sessions(tx, client_id, _other_than(session, who.session_id))
    mine = (device.c.client_id == client_id) & _other_than(device, at)
    devices = tx.connection.execute(delete(device).where(mine).returning(device.c.id)).all()
    _end_logins(tx, client_id)
    cloud_tickets.take_back(tx, client_id)
    if devices or sessions:
        detail = {"devices": len(devices), "sessions": sessions}
        audit.record(tx, who, "devices.ended", client_id, detail=detail)
    return Ended(devices=len(devices), sessions=sessions)


def _guard(tx: Transaction, who: Principal, client_id: str) -> None:
    """Who has a password types it anew before ending what is theirs (ASVS 7.5.2).

    Raises Refused: ``client_unknown``, ``service_needed``, ``reauthentication_needed``.
    """
    row = clients.hold(tx, client_id)
    if client_id != who.client_id:
        clients.guard_admin(who, row)
    elif row.password_hash is not None:
        who.need_fresh()


def _other_than(table: Table, id: str | None) -> ColumnElement[bool]:
    return true() if id is None else table.c.id != id


def _end_sessions(tx: Transaction, client_id: str, which: ColumnElement[bool]) -> int:
    """How many were open."""
    limits.forget_over(tx, client_id)
    ended = delete(session).where(session.c.client_id == client_id, which).returning(session.c.id)
    return len(tx.connection.execute(ended).all())


def _end_logins(tx: Transaction, client_id: str) -> None:
    """A login that a device has begun comes to nothing without it."""
    without = challenge.c.device_id.is_not(None) & challenge.c.device_id.not_in(select(device.c.id))
    tx.connection.execute(delete(challenge).where(challenge.c.client_id == client_id, without))
