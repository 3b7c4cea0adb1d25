"""One-time codes: 12 characters of Crockford's base32, for the first login of one client.

The code is stored as a keyed digest; a copy for the admin's list lies in the vault and is gone
once the code is used, revoked or expired.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from vestibule.access import audit, crockford, holding
from vestibule.access.attempts import audited
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.access.standing import code_is_unspent, settle
from vestibule.models import Code
from vestibule.store.clock import MINUTE, to_datetime
from vestibule.store.dialect import insert
from vestibule.store.engine import Transaction
from vestibule.store.schema import client, code

LENGTH = 12
HINT = 4
"""Characters that stay readable after the code has ended."""


def normal(typed: str) -> str:
    """The code meant by ``typed``. Raises Refused ``code_incomplete`` when that is not a whole code."""
    plain = crockford.normal(typed, LENGTH)
    if plain is None:
        raise Refused("code_incomplete", field="code")
    return plain


def digest(tx: Transaction, plain: str) -> bytes:
    """What is stored of a code."""
    return tx.vault.digest("code", plain.encode())


def issue(tx: Transaction, who: Principal, client_id: str, minutes: int) -> None:
    """Give ``client_id`` a new code; the old one, if any, is dead at once."""
    holding.hold_client(tx, client_id)
    plain = crockford.new(LENGTH)
    row = {
        "digest": digest(tx, plain),
        "hint": plain[:HINT],
        "vaulted": tx.vault.seal(_vault_row(client_id), plain),
        "issued_at": tx.now,
        "expires_at": tx.now + minutes * MINUTE,
        "used_at": None,
        "revoked_at": None,
    }
    statement = insert(tx.connection, code).values(client_id=client_id, **row)
    tx.connection.execute(statement.on_conflict_do_update(index_elements=[code.c.client_id], set_=row))
    settle(tx, client_id)
    audit.record(tx, who, "code.issued", client_id, detail={"minutes": minutes})


def revoke(tx: Transaction, who: Principal, client_id: str) -> None:
    """Make the client's code useless. Raises Refused ``code_missing`` if there is none to revoke."""
    holding.hold_client(tx, client_id)
    alive = (code.c.client_id == client_id) & code.c.used_at.is_(None) & code.c.revoked_at.is_(None)
    revoked = tx.connection.execute(
        update(code).where(alive).values(revoked_at=tx.now, vaulted=None).returning(code.c.client_id)
    ).first()
    if revoked is None:
        raise Refused("code_missing")
    settle(tx, client_id)
    audit.record(tx, who, "code.revoked", client_id)


def spend(tx: Transaction, plain: str) -> str:
    """Use up the code and return whose it was. One statement decides who of many wins.

    Raises Refused: ``code_unknown``, ``code_used``, ``code_revoked``, ``code_expired``.
    """
    stored = digest(tx, plain)
    holding.hold_client(tx, owner(tx, plain))
    usable = (
        (code.c.digest == stored)
        & code.c.used_at.is_(None)
        & code.c.revoked_at.is_(None)
        & (code.c.expires_at > tx.now)
    )
    spent = update(code).where(usable).values(used_at=tx.now, vaulted=None).returning(code.c.client_id)
    client_id = tx.connection.execute(spent).scalar_one_or_none()
    if client_id is None:
        raise _refusal(tx, stored)
    return str(client_id)


def _refusal(tx: Transaction, stored: bytes) -> Refused:
    """Whoever has typed a whole code that existed may know what became of it."""
    row = tx.connection.execute(select(code).where(code.c.digest == stored)).one_or_none()
    if row is None:
        return Refused("code_unknown", field="code")
    ended, at = "code_expired", row.expires_at
    if row.used_at is not None:
        ended, at = "code_used", row.used_at
    elif row.revoked_at is not None:
        ended, at = "code_revoked", row.revoked_at
    return Refused(ended, field="code", at=to_datetime(at), audited=audited(row.client_id, ended))


def view(tx: Transaction, row: Any, links: str) -> Code | None:
    """The code of a client's row while it works; ``links`` is the address before ``/j/``."""
    if row.code_vaulted is None or not code_is_unspent(row) or row.code_expires_at <= tx.now:
        return None
    shown = plain(tx, row.id, row.code_vaulted)
    return Code(
        code=crockford.grouped(shown), link=f"{links}/j/{shown}", expires_at=to_datetime(row.code_expires_at)
    )


def plain(tx: Transaction, client_id: str, vaulted: bytes) -> str:
    """The copy of the client's code in the vault. Raises StoreError."""
    return tx.vault.open(_vault_row(client_id), vaulted)


def owner(tx: Transaction, plain: str) -> str | None:
    """Whose code ``plain`` is, used or not."""
    query = select(client.c.id).join(code).where(code.c.digest == digest(tx, plain))
    found: str | None = tx.connection.execute(query).scalar_one_or_none()
    return found


def _vault_row(client_id: str) -> str:
    return f"code:vaulted:{client_id}"
