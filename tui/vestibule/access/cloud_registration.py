"""Sites and uploaders prove to the cloud that they know a site's *Password for cloud*.

An unknown serial number gets the same answer, count and work as a wrong password (ASVS 6.3.8).
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, or_, select, update

from vestibule import signatures
from vestibule.access import attempts, audit, passwords, rate, throttle
from vestibule.access.principal import Principal
from vestibule.access.rate import Rate
from vestibule.access.refused import Refused
from vestibule.cloud_models import Claim, Registered, Registration, UploadAsk, UploadGrant
from vestibule.signatures import ForgedError, Purpose
from vestibule.store.clock import MINUTE, SECOND, to_datetime
from vestibule.store.cloud_schema import cloud_site
from vestibule.store.engine import Store, Transaction
from vestibule.store.prepared import Prepared

REGISTERED, GRANTED = "cloud.registered", "cloud.upload_granted"
GRANT_LIFE = 60 * MINUTE
_PER_SOURCE: Final = Rate(30, 20 * SECOND)
_TOKEN_BYTES = 32
BY_SERIAL: Final = Prepared(select(cloud_site).where(cloud_site.c.serial == bindparam("serial")))
"""A site's row."""
_proof = Prepared(
    select(
        *(
            func.coalesce(func.max(column), "").label(column.name)
            for column in (cloud_site.c.serial, cloud_site.c.password_hash, cloud_site.c.key)
        )
    ).where(cloud_site.c.serial == bindparam("serial"))
)
_by_token = Prepared(select(cloud_site).where(cloud_site.c.token_digest == bindparam("token_digest")))


def register(store: Store, who: Principal, asked: Registration) -> Registered:
    """Give a site a token. Another key than the one it came with first needs the operator's reset.

    Clients and uploaders know the public key too: whoever cannot sign with it is turned away as well, and so
    is who repeats what the site has signed. Raises Refused: ``cloud_password_wrong``, ``cloud_key_changed``,
    ``cloud_key_invalid``, ``cloud_forged``, ``cloud_replayed``, ``too_many_attempts``.
    """
    try:
        key = signatures.normal_key(asked.key)
    except ValueError:
        raise Refused("cloud_key_invalid", field="key") from None
    row = _proven(store, who, asked.serial, asked.password, REGISTERED)
    token = "vt_" + secrets.token_urlsafe(_TOKEN_BYTES)

    def decide(tx: Transaction) -> Registered:
        detail = {"serial": row.serial, "key": signatures.fingerprint(key)}
        try:
            columns = {"key": key, "counter": _claimed(asked, key), "registered_at": tx.now}
            count = _take_in(tx, row, columns | {"token_digest": token_digest(tx, token)})
        except Refused as refused:
            refused.audited = attempts.audited(None, refused.code, REGISTERED) | {"detail": detail}
            raise
        audit.record(tx, who, REGISTERED, detail=detail | {"registrations": count})
        return Registered(token=token)

    try:
        return attempts.decided(store, who, decide, action=REGISTERED)
    except Refused:
        with store.write() as tx:
            told = {"refused_at": tx.now, "refused_from": who.source}
            tx.connection.execute(update(cloud_site).where(cloud_site.c.serial == row.serial).values(**told))
        raise


def _claimed(asked: Registration, key: str) -> int:
    """The counter of the site's claim. Raises Refused ``cloud_forged``."""
    try:
        claim = signatures.verified(asked.claim, Purpose.CLAIM, key, Claim)
    except ForgedError:
        raise Refused("cloud_forged") from None
    if claim.serial != asked.serial:
        raise Refused("cloud_forged")
    return claim.counter


def _take_in(tx: Transaction, row: Any, columns: dict[str, Any]) -> int:
    """How often the site has registered. Raises Refused: ``cloud_key_changed``, ``cloud_replayed``."""
    same = and_(cloud_site.c.serial == row.serial, cloud_site.c.password_hash == row.password_hash)
    again = and_(cloud_site.c.key == columns["key"], cloud_site.c.counter < columns["counter"])
    taken = update(cloud_site).where(same, or_(cloud_site.c.key.is_(None), again))
    taken = taken.values(registrations=cloud_site.c.registrations + 1, **columns)
    count = tx.connection.execute(taken.returning(cloud_site.c.registrations)).scalar_one_or_none()
    if count is None:
        raise Refused("cloud_replayed" if row.key == columns["key"] else "cloud_key_changed")
    return int(count)


def grant(store: Store, who: Principal, asked: UploadAsk) -> UploadGrant:
    """Let an uploader leave versions for a site during an hour; the site decides whether it takes them.

    The grant is no row but a keyed digest over what it says, and over the password it came from: a reset
    ends it. Raises Refused: ``cloud_password_wrong``, ``cloud_not_registered``, ``too_many_attempts``.
    """
    row = _proven(store, who, asked.serial, asked.password, GRANTED)
    with store.write() as tx:
        if row.key is None:
            raise Refused("cloud_not_registered")
        expires = tx.now + GRANT_LIFE
        audit.record(tx, who, GRANTED, detail={"serial": row.serial})
        return UploadGrant(
            token=f"vu_{row.serial}.{expires}.{_mark(tx, row, expires)}",
            expires_at=to_datetime(expires),
            key=row.key,
        )


def site_of(tx: Transaction, token: str) -> Any:
    """The row of the site that speaks with ``token``. Raises Refused ``cloud_token_unknown``."""
    row = _by_token.first(tx.connection, token_digest=token_digest(tx, token))
    if row is None:
        raise Refused("cloud_token_unknown")
    return row


def uploader_of(tx: Transaction, token: str) -> Any:
    """The row of the site that the uploader with ``token`` serves. Raises ``cloud_token_unknown``."""
    serial, expires, mark = [*token.removeprefix("vu_").split("."), "", ""][:3]
    if not (expires.isascii() and expires.isdecimal() and len(expires) < 16):
        raise Refused("cloud_token_unknown")
    # The whole row only for whoever is right: reading it takes long enough to tell that there is one.
    known = proof_of(tx, serial)
    right = hmac.compare_digest(_mark(tx, known, int(expires)).encode(), mark.encode())
    if not (right and known.key) or int(expires) <= tx.now:
        raise Refused("cloud_token_unknown")
    return BY_SERIAL.first(tx.connection, serial=serial)


def proof_of(tx: Transaction, serial: str) -> Any:
    """By what those who speak of a site prove that they may; one row, of empty texts for an unknown site."""
    return _proof.first(tx.connection, serial=serial)


def bearer_of(tx: Transaction, token: str) -> Any:
    """The row of the site, whether it speaks itself or an uploader for it."""
    return uploader_of(tx, token) if token.startswith("vu_") else site_of(tx, token)


def token_digest(tx: Transaction, token: str) -> bytes:
    """What is kept of a site's token."""
    return tx.vault.digest("cloud token", token.encode())


def _proven(store: Store, who: Principal, serial: str, password: str, action: str) -> Any:
    """The row of the site whose password this is; charged before it is looked at."""
    with store.write() as tx:
        rate.charge(tx, rate.from_source(tx, "cloud", who.source), _PER_SOURCE)
        known = BY_SERIAL.first(tx.connection, serial=serial)
        keys = _keys(tx, serial, who.source, known is not None)
    attempts.charge_both(store, who.source, *keys, action=action)
    right = passwords.matches(password, known.password_hash if known else None)
    if not right or known is None:
        with store.write() as tx:
            detail = {"serial": serial} if known else {}
            audit.record(tx, who, action, outcome="cloud_password_wrong", detail=detail)
        raise Refused("cloud_password_wrong")
    with store.write() as tx:
        for key in keys:
            throttle.forgive(tx, key)
    return known


def _keys(tx: Transaction, serial: str, source: str, known: bool) -> tuple[str, str]:
    """Where wrong passwords are counted: from this source, and from all together.

    Serial numbers that nobody has share a few thousand counts, so that guessing fills no table.
    """
    digest = tx.vault.digest("cloud throttle", serial.encode()).hex()
    name = digest[:32] if known else "u" + digest[:3]
    return f"cloud:{name}:{rate.place(tx, source)[:16]}", f"cloud:{name}"


def _mark(tx: Transaction, row: Any, expires: int) -> str:
    said = f"{row.serial}\n{expires}\n{row.password_hash}\n{row.key}"
    return base64.urlsafe_b64encode(tx.vault.digest("cloud upload", said.encode())).decode().rstrip("=")
