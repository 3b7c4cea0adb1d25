"""Every decision is one row, chained to the row before by a keyed MAC.

Whoever alters, removes or inserts a row without the key is found by :func:`verify`; whoever cuts
the end is found by comparing with a head kept elsewhere (facts/security.md A31).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import bindparam, select, update

from vestibule.access.principal import Principal
from vestibule.models import AuditVerdict
from vestibule.store.engine import Transaction, key_check
from vestibule.store.errors import StoreError
from vestibule.store.schema import audit, audit_head, site

_COLUMNS = ("seq", "at", "actor", "action", "subject", "outcome", "source", "detail")

_next = update(audit_head).values(seq=audit_head.c.seq + 1).returning(audit_head.c.seq, audit_head.c.mac)
_insert = audit.insert()
_close = update(audit_head).values(mac=bindparam("new"))


def record(
    tx: Transaction,
    who: Principal,
    action: str,
    subject: str | None = None,
    outcome: str = "ok",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one decision when the transaction ends: until then nobody has to wait for it.

    ``detail`` holds plain JSON values and never a secret.
    """
    row = {
        "at": tx.now,
        "actor": who.actor,
        "action": action,
        "subject": subject,
        "outcome": outcome,
        "source": who.source,
        "detail": _canonical(dict(detail or {})),
    }
    tx.at_end(lambda: _append(tx, row))


def _append(tx: Transaction, columns: Mapping[str, Any]) -> None:
    head = tx.connection.execute(_next).one()
    row = {"seq": head.seq, **columns}
    mac = _mac(tx, head.mac, row)
    tx.connection.execute(_insert, {**row, "mac": mac})
    tx.connection.execute(_close, {"new": mac})


def verify(
    tx: Transaction, kept_head: str | None = None, after: str | None = None, limit: int | None = None
) -> AuditVerdict:
    """Check the chain, and ``kept_head`` (``SEQ:MAC`` as printed before) if given.

    A long chain is checked in parts of ``limit`` rows, each ``after`` the head that the part before it gave
    as ``next``. A part knows of a kept head only what lies in it or after it.
    """
    if tx.connection.execute(select(site.c.key_check)).scalar() != key_check(tx.vault):
        raise StoreError("key_wrong")  # it was changed a moment ago: nothing was altered
    kept_seq, kept_mac = _parse_head(kept_head)
    seq, mac = _parse_head(after)[0], b""
    if seq:
        mac = tx.connection.execute(select(audit.c.mac).where(audit.c.seq == seq)).scalar_one_or_none() or b""
        if mac.hex() != _parse_head(after)[1]:
            return _verdict(tx, seq, mac, seq, "row_altered")
    last = seq + limit if limit else None
    query = select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(limit)
    with tx.connection.execute(query.execution_options(yield_per=1000)) as rows:
        for row in rows:
            if row.seq != seq + 1:
                return _verdict(tx, seq, mac, seq + 1, "row_missing")
            if not hmac.compare_digest(_mac(tx, mac, row._asdict()), row.mac):
                return _verdict(tx, seq, mac, row.seq, "row_altered")
            seq, mac = row.seq, row.mac
            if seq == kept_seq and mac.hex() != kept_mac:
                return _verdict(tx, seq, mac, seq, "not_the_kept_head")
    head = tx.connection.execute(select(audit_head)).one_or_none()
    if seq == last and head is not None and head.seq > seq:
        return msgspec.structs.replace(_verdict(tx, seq, mac), next=_head(seq, mac))
    if head is None or head.seq != seq or head.mac != mac or kept_seq > seq:
        return _verdict(tx, seq, mac, seq + 1, "end_missing")
    return _verdict(tx, seq, mac)


def _verdict(
    tx: Transaction, seq: int, mac: bytes, first_bad: int | None = None, reason: str | None = None
) -> AuditVerdict:
    total = tx.connection.execute(select(audit_head.c.seq)).scalar_one_or_none() or seq
    return AuditVerdict(
        ok=first_bad is None,
        rows=seq,
        head=_head(seq, mac),
        first_bad=first_bad,
        reason=reason,
        total=total,
    )


def seal_anew(tx: Transaction, after: int, limit: int) -> int:
    """Chain up to ``limit`` rows behind row ``after`` by the key of ``tx``; the last one's number.

    For whoever has verified them, holds the head, and changes the key from the first row on.
    """
    query = select(audit).where(audit.c.seq >= after, audit.c.seq <= after + limit).order_by(audit.c.seq)
    rows = tx.connection.execute(query).all()
    mac = rows[0].mac if after else b""
    macs = []
    for row in rows[1:] if after else rows:
        mac = _mac(tx, mac, row._asdict())
        macs.append({"number": row.seq, "sealed": mac})
    if not macs:
        return after
    renewed = update(audit).where(audit.c.seq == bindparam("number")).values(mac=bindparam("sealed"))
    tx.connection.execute(renewed, macs)
    tx.connection.execute(update(audit_head).values(mac=mac))
    return int(macs[-1]["number"])


def _head(seq: int, mac: bytes) -> str:
    return f"{seq}:{mac.hex()}"


def _parse_head(head: str | None) -> tuple[int, str]:
    seq, _, mac = (head or "").strip().partition(":")
    return (int(seq), mac.lower()) if seq.isdecimal() else (0, "")


def _mac(tx: Transaction, previous: bytes, row: Mapping[str, Any]) -> bytes:
    columns = _canonical([row[name] for name in _COLUMNS])
    return tx.vault.digest("audit", previous + columns.encode())


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
