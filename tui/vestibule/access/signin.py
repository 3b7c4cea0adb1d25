"""Signing in: by one-time code, by password, by device.

Each way charges the attempt in a transaction of its own before it looks at what was typed; that
is why these functions take the store and not an open transaction. All ways end at the same gate: who
has set a second factor up is asked for it.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from vestibule import text
from vestibule.access import attempts, audit, challenges, codes, passwords, sessions, throttle
from vestibule.access.admission import admitted, note_login
from vestibule.access.client_fields import line
from vestibule.access.principal import Principal, anonymous
from vestibule.access.refused import Refused
from vestibule.access.settings import setting
from vestibule.store.engine import Store, Transaction
from vestibule.store.schema import client

_UNNAMED_DEVICE = "?"
SignedIn = sessions.Opened | challenges.Begun
"""A session, or the second window before it."""


def by_code(store: Store, source: str, typed: str, name: str, device: str) -> SignedIn:
    """Spend a one-time code: the client gets its name, the device is bound, a session opens.

    Raises Refused for the code, the name, or the client's standing; then nothing is spent.
    """
    _offered(store, "use_otp_authentication", "code_signin_off")
    plain = codes.normal(typed)
    clean_name = line(name, "name")
    clean_device = line(device, "device") or _UNNAMED_DEVICE
    key = f"code:{source}"
    attempts.charge(store, source, key)

    def decide(tx: Transaction) -> SignedIn:
        client_id = codes.spend(tx, plain)
        row = admitted(tx, client_id)
        named = clean_name or row.name
        if not named:
            raise Refused("name_needed", field="name")
        throttle.forgive(tx, key)
        first = row.first_login_at is None
        if row.factors:
            return challenges.begin(tx, row, "otp", source, device_name=clean_device, name=named)
        note_login(tx, row, named)
        device_id, device_token = sessions.bind_device(tx, client_id, clean_device)
        opened = sessions.open_session(tx, client_id, device_id=device_id, fresh=False)
        detail = {"mode": "otp", "device": clean_device, "name": [row.name, named], "first": first}
        audit.record(tx, Principal(client_id, source), "session.opened", client_id, detail=detail)
        return replace(opened, device_token=device_token)

    return attempts.decided(store, anonymous(source), decide)


def by_password(store: Store, source: str, username: str, password: str, device: str | None) -> SignedIn:
    """Open a session for a username and its password.

    An unknown username gets the same answer, count and work as a known one (ASVS 6.3.8).
    """
    name = text.name_key(username.strip())[: text.NAME_LIMIT]
    clean_device = line(device, "device") if device else None
    with store.read() as tx:
        everywhere, key = password_key(tx, name), password_key(tx, name, source)
    # From one place five are free; from all places together a hundred, so that no stranger can keep
    # somebody out from afar. None ends for good: only waits grow.
    attempts.charge(store, source, key)
    attempts.charge(store, source, everywhere, free=throttle.LAST_ATTEMPT)
    with store.read() as tx:
        known = tx.connection.execute(select(client).where(client.c.username_key == name)).one_or_none()
    right = passwords.matches(password, known.password_hash if known else None)

    def decide(tx: Transaction) -> SignedIn:
        if known is None or not right:
            subject = known.id if known else None
            raise Refused(
                "password_wrong", field="password", audited=attempts.audited(subject, "password_wrong")
            )
        row = admitted(tx, known.id)
        if row.password_hash != known.password_hash:
            raise Refused("password_wrong", field="password")
        throttle.forgive(tx, key)
        throttle.forgive(tx, everywhere)
        if row.factors:
            return challenges.begin(tx, row, "password", source, device_name=clean_device)
        note_login(tx, row, row.name)
        device_id, token = sessions.bind_device(tx, row.id, clean_device) if clean_device else (None, None)
        opened = sessions.open_session(tx, row.id, device_id=device_id, fresh=True)
        audit.record(tx, Principal(row.id, source), "session.opened", row.id, detail={"mode": "password"})
        return replace(opened, device_token=token)

    return attempts.decided(store, anonymous(source), decide)


def by_device(store: Store, source: str, token: str) -> SignedIn:
    """Open a session for a remembered device, where the site allows it."""
    _offered(store, "automatic_authentication", "device_signin_off")

    def decide(tx: Transaction) -> SignedIn:
        device = sessions.seen_device(tx, token)
        row = admitted(tx, device.client_id)
        if row.factors:
            return challenges.begin(tx, row, "device", source, device_id=device.id)
        note_login(tx, row, row.name)
        opened = sessions.open_session(tx, row.id, device_id=device.id, fresh=False)
        audit.record(tx, Principal(row.id, source), "session.opened", row.id, detail={"mode": "device"})
        return opened

    return attempts.decided(store, anonymous(source), decide)


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
        throttle.forgive(tx, key)
        opened = sessions.renew(tx, who.session_id)
        audit.record(tx, who, "session.refreshed", who.client_id)
        return opened

    return attempts.decided(store, anonymous(who.source), decide)


def password_key(tx: Transaction, name: str, source: str = "") -> str:
    """Where wrong passwords for a username are counted: from one source, or from all together."""
    digest = tx.vault.digest("throttle", name.encode()).hex()[:32]
    place = ":" + tx.vault.digest("throttle", source.encode()).hex()[:16] if source else ""
    return f"password:{digest}{place}"


def _offered(store: Store, name: str, otherwise: str) -> None:
    with store.read() as tx:
        if not setting(tx, name):
            raise Refused(otherwise)
