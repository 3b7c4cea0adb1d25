"""Signing in: by one-time code, by password, by device.

Each way charges the attempt in a transaction of its own before it looks at what was typed; that
is why these functions take the store and not an open transaction. All ways end at the same gate: who
has set a second factor up is asked for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select

from vestibule import text
from vestibule.access import (
    attempts,
    audit,
    challenges,
    codes,
    devices,
    holding,
    passwords,
    sessions,
    throttle,
)
from vestibule.access.admission import admitted, note_login, note_opened
from vestibule.access.client_fields import line
from vestibule.access.principal import Principal, anonymous
from vestibule.access.refused import Refused
from vestibule.access.settings import setting
from vestibule.store.engine import Store, Transaction
from vestibule.store.prepared import Prepared
from vestibule.store.schema import client
from vestibule.store.vault import Vault

_UNNAMED_DEVICE = "?"
_by_username = Prepared(
    select(client.c.id, client.c.password_hash).where(client.c.username_key == bindparam("username_key"))
)
SignedIn = sessions.Opened | challenges.Begun
"""A session, or the second window before it."""


def by_code(store: Store, who: Principal, typed: str, name: str, device: str | None) -> SignedIn:
    """Spend a one-time code: the client gets its name, the device is bound, a session opens.

    Without a ``device`` none is bound: at a machine that everybody uses. Raises Refused for the code,
    the name, or the client's standing; then nothing is spent.
    """
    _offered(store, "use_otp_authentication", "code_signin_off")
    plain = codes.normal(typed)
    clean_name = line(name, "name")
    clean_device = None if device is None else line(device, "device") or _UNNAMED_DEVICE
    key = f"code:{who.source}"
    attempts.charge(store, who.source, key)

    def decide(tx: Transaction) -> SignedIn:
        client_id = codes.spend(tx, plain)
        row = admitted(tx, client_id, who)
        named = clean_name or row.name
        if not named:
            raise Refused("name_needed", field="name")
        throttle.forgive(tx, key)
        first = row.first_login_at is None
        if row.factors:
            return challenges.begin(tx, row, "otp", who, device_name=clean_device, name=named)
        note_login(tx, row, named)
        detail = {"mode": "otp", "device": clean_device, "name": [row.name, named], "first": first}
        return _open(tx, who, client_id, clean_device, False, detail)

    return attempts.decided(store, who, decide)


def by_password(store: Store, who: Principal, username: str, password: str, device: str | None) -> SignedIn:
    """Open a session for a username and its password.

    An unknown username gets the same answer, count and work as a known one (ASVS 6.3.8).
    """
    name = text.name_key(username.strip())[: text.NAME_LIMIT]
    clean_device = line(device, "device") if device else None
    everywhere, key = password_key(store.vault, name), password_key(store.vault, name, who.source)
    attempts.charge_both(store, who.source, key, everywhere)
    with store.read() as tx:
        known = _by_username.first(tx.connection, username_key=name)
    right = passwords.matches(password, known.password_hash if known else None)

    def decide(tx: Transaction) -> SignedIn:
        if known is None or not right:
            subject = known.id if known else None
            raise Refused(
                "password_wrong", field="password", audited=attempts.audited(subject, "password_wrong")
            )
        row = admitted(tx, known.id, who)
        if row.password_hash != known.password_hash:
            raise Refused("password_wrong", field="password")
        throttle.forgive(tx, key)
        throttle.forgive(tx, everywhere)
        if row.factors:
            return challenges.begin(tx, row, "password", who, device_name=clean_device)
        note_login(tx, row, row.name)
        return _open(tx, who, row.id, clean_device, True, {"mode": "password"})

    return attempts.decided(store, who, decide)


def _open(
    tx: Transaction, who: Principal, client_id: str, device: str | None, fresh: bool, detail: dict[str, Any]
) -> sessions.Opened:
    """A session, and its ``device`` bound if one is named."""
    bound = devices.bind(tx, client_id, device, who.source) if device else (None, None)
    opened = sessions.open_session(tx, who, client_id, device_id=bound[0], fresh=fresh)
    note_opened(tx, who, client_id, detail)
    return replace(opened, device_token=bound[1])


def by_device(store: Store, who: Principal, token: str) -> SignedIn:
    """Open a session for a remembered device, where the site allows it."""
    _offered(store, "automatic_authentication", "device_signin_off")

    def decide(tx: Transaction) -> SignedIn:
        device = devices.find(tx, token)
        row = admitted(tx, device.client_id, who)
        if row.factors:
            return challenges.begin(tx, row, "device", who, device_id=device.id)
        note_login(tx, row, row.name)
        opened = sessions.open_session(tx, who, row.id, device_id=device.id, fresh=False)
        note_opened(tx, who, row.id, {"mode": "device", "device": device.name})
        return opened

    return attempts.decided(store, who, decide)


def reauthenticate(store: Store, who: Principal, password: str) -> sessions.Opened:
    """Prove oneself again by password; the session gets a new token and is fresh for a while."""
    key = f"reauth:{who.client_id}"
    attempts.charge(store, who.source, key, subject=who.client_id, action="session.refreshed")
    with store.read() as tx:
        row = tx.connection.execute(select(client).where(client.c.id == who.client_id)).one_or_none()
    if row is not None and row.password_hash is None:
        raise Refused("password_missing")
    right = passwords.matches(password, row.password_hash if row else None)

    def decide(tx: Transaction) -> sessions.Opened:
        if not right or who.session_id is None:
            refused = attempts.audited(who.client_id, "password_wrong", "session.refreshed")
            raise Refused("password_wrong", field="password", audited=refused)
        holding.hold_client(tx, who.client_id)
        sessions.still_stands(tx, who)
        throttle.forgive(tx, key)
        opened = sessions.renew(tx, who.session_id)
        audit.record(tx, who, "session.refreshed", who.client_id)
        return opened

    return attempts.decided(store, anonymous(who.source, who.path), decide)


def password_key(vault: Vault, name: str, source: str = "") -> str:
    """Where wrong passwords for a username are counted: from one source, or from all together."""
    digest = vault.digest("throttle", name.encode()).hex()[:32]
    place = ":" + vault.digest("throttle", source.encode()).hex()[:16] if source else ""
    return f"password:{digest}{place}"


def _offered(store: Store, name: str, otherwise: str) -> None:
    with store.read() as tx:
        if not setting(tx, name):
            raise Refused(otherwise)
