"""Signing in: by one-time code, by password, by device.

Each way charges the attempt in a transaction of its own before it looks at what was typed; that
is why these functions take the store and not an open transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import select, update

from vestibule import text
from vestibule.access import audit, codes, passwords, sessions, throttle
from vestibule.access.client_fields import line, search_columns
from vestibule.access.principal import Principal, anonymous
from vestibule.access.refused import Refused
from vestibule.access.settings import setting
from vestibule.access.standing import settle
from vestibule.access.validity import refusal
from vestibule.store.engine import Store, Transaction
from vestibule.store.schema import client

_UNNAMED_DEVICE = "?"
T = TypeVar("T")


def by_code(store: Store, source: str, typed: str, name: str, device: str) -> sessions.Opened:
    """Spend a one-time code: the client gets its name, the device is bound, a session opens.

    Raises Refused for the code, the name, or the client's standing; then nothing is spent.
    """
    _offered(store, "use_otp_authentication", "code_signin_off")
    plain = codes.normal(typed)
    clean_name = line(name, "name")
    clean_device = line(device, "device") or _UNNAMED_DEVICE
    key = f"code:{source}"
    _charge(store, source, key)

    def decide(tx: Transaction) -> sessions.Opened:
        client_id = codes.spend(tx, plain)
        row = _admitted(tx, client_id)
        named = clean_name or row.name
        if not named:
            raise Refused("name_needed", field="name")
        throttle.forgive(tx, key)
        first = row.first_login_at is None
        _note_login(tx, row, named)
        device_id, device_token = sessions.bind_device(tx, client_id, clean_device)
        opened = sessions.open_session(tx, client_id, device_id=device_id, fresh=False)
        detail = {"mode": "otp", "device": clean_device, "name": [row.name, named], "first": first}
        audit.record(tx, Principal(client_id, source), "session.opened", client_id, detail=detail)
        return replace(opened, device_token=device_token)

    return _decided(store, source, decide)


def by_password(
    store: Store, source: str, username: str, password: str, device: str | None
) -> sessions.Opened:
    """Open a session for a username and its password.

    An unknown username gets the same answer, count and work as a known one (ASVS 6.3.8).
    """
    name = text.name_key(username.strip())[: text.NAME_LIMIT]
    clean_device = line(device, "device") if device else None
    with store.read() as tx:
        key = "password:" + tx.vault.digest("throttle", name.encode()).hex()[:32]
    _charge(store, source, key, throttle.LAST_ATTEMPT)
    with store.read() as tx:
        known = tx.connection.execute(select(client).where(client.c.username_key == name)).one_or_none()
    right = passwords.matches(password, known.password_hash if known else None)

    def decide(tx: Transaction) -> sessions.Opened:
        if known is None or not right:
            subject = known.id if known else None
            raise Refused("password_wrong", field="password", audited=_audited(subject, "password_wrong"))
        row = _admitted(tx, known.id)
        if row.password_hash != known.password_hash:
            raise Refused("password_wrong", field="password")
        throttle.forgive(tx, key)
        _note_login(tx, row, row.name)
        device_id, token = sessions.bind_device(tx, row.id, clean_device) if clean_device else (None, None)
        opened = sessions.open_session(tx, row.id, device_id=device_id, fresh=True)
        audit.record(tx, Principal(row.id, source), "session.opened", row.id, detail={"mode": "password"})
        return replace(opened, device_token=token)

    return _decided(store, source, decide)


def by_device(store: Store, source: str, token: str) -> sessions.Opened:
    """Open a session for a remembered device, where the site allows it."""
    _offered(store, "automatic_authentication", "device_signin_off")

    def decide(tx: Transaction) -> sessions.Opened:
        device = sessions.seen_device(tx, token)
        row = _admitted(tx, device.client_id)
        _note_login(tx, row, row.name)
        opened = sessions.open_session(tx, row.id, device_id=device.id, fresh=False)
        audit.record(tx, Principal(row.id, source), "session.opened", row.id, detail={"mode": "device"})
        return opened

    return _decided(store, source, decide)


def reauthenticate(store: Store, who: Principal, password: str) -> sessions.Opened:
    """Prove oneself again by password; the session gets a new token and is fresh for a while."""
    key = f"reauth:{who.client_id}"
    _charge(store, who.source, key, throttle.LAST_ATTEMPT)
    with store.read() as tx:
        row = tx.connection.execute(select(client).where(client.c.id == who.client_id)).one_or_none()
    if row is not None and row.password_hash is None:
        raise Refused("password_missing")
    right = passwords.matches(password, row.password_hash if row else None)

    def decide(tx: Transaction) -> sessions.Opened:
        if not right or who.session_id is None:
            refused = _audited(who.client_id, "password_wrong", "session.refreshed")
            raise Refused("password_wrong", field="password", audited=refused)
        throttle.forgive(tx, key)
        opened = sessions.renew(tx, who.session_id)
        audit.record(tx, who, "session.refreshed", who.client_id)
        return opened

    return _decided(store, who.source, decide)


def _offered(store: Store, name: str, otherwise: str) -> None:
    with store.read() as tx:
        if not setting(tx, name):
            raise Refused(otherwise)


def _charge(store: Store, source: str, key: str, last: int | None = None) -> None:
    def decide(tx: Transaction) -> None:
        throttle.charge(tx, key, last)

    _decided(store, source, decide, _audited(None, "throttled"))


def _decided(
    store: Store, source: str, decide: Callable[[Transaction], T], audited: dict[str, Any] | None = None
) -> T:
    """Run ``decide`` in one transaction; a refusal undoes it and is audited in the next."""
    try:
        with store.write() as tx:
            return decide(tx)
    except Refused as refused:
        columns = refused.audited or audited or _audited(None, refused.code)
        with store.write() as tx:
            audit.record(tx, anonymous(source), **columns)
        raise


def _audited(subject: str | None, outcome: str, action: str = "session.opened") -> dict[str, Any]:
    return {"action": action, "subject": subject, "outcome": outcome}


def _admitted(tx: Transaction, client_id: str) -> Any:
    """The client's row. Raises Refused with the reason why it may not come in now."""
    row = tx.connection.execute(select(client).where(client.c.id == client_id)).one_or_none()
    if row is None:
        raise Refused("device_unknown")
    why_not = refusal(row, tx.now)
    if why_not is not None:
        why_not.audited = _audited(client_id, why_not.code)
        raise why_not
    return row


def _note_login(tx: Transaction, row: Any, name: str) -> None:
    columns: dict[str, Any] = {"last_login_at": tx.now, "name": name}
    columns |= search_columns(columns, row)
    if row.first_login_at is None:
        columns["first_login_at"] = tx.now
    tx.connection.execute(update(client).where(client.c.id == row.id).values(**columns))
    settle(tx, row.id)
