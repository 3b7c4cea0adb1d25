"""Licence codes with their component and seats. Too few seats warn and never keep anybody out."""

from __future__ import annotations

import re
import secrets
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from vestibule.access import audit
from vestibule.access.client_fields import line
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.models import Licence, LicenceNew, Licences
from vestibule.store.clock import to_datetime
from vestibule.store.engine import Transaction
from vestibule.store.schema import client, licence

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,62}[A-Z0-9]")


def normal(typed: str) -> str:
    """The licence code meant by ``typed``: upper case, without blanks around it.

    Raises Refused ``licence_invalid`` unless it is 4 to 64 letters, digits and dashes.
    """
    code = typed.strip().upper()
    if not _CODE.fullmatch(code):
        raise Refused("licence_invalid", field="code")
    return code


def all_of(tx: Transaction) -> Licences:
    """All licences in the order they were added, their seats, and the clients to be seated."""
    rows = tx.connection.execute(select(licence).order_by(licence.c.added_at, licence.c.id)).all()
    # Past guests stay in the list; if they counted, the warning would stand for ever and say nothing.
    seated = (
        client.c.enabled,
        ~client.c.service,
        or_(client.c.valid_until.is_(None), client.c.valid_until >= tx.now),
    )
    clients = tx.connection.execute(select(func.count()).select_from(client).where(*seated)).scalar_one()
    return Licences(
        licences=[_view(row) for row in rows], seats=sum(row.seats for row in rows), clients=clients
    )


def add(tx: Transaction, who: Principal, new: LicenceNew) -> Licence:
    """Take a licence up. Raises Refused for a bad field, or ``licence_exists``."""
    code, component = normal(new.code), line(new.component, "component")
    if not component:
        raise Refused("component_needed", field="component")
    row: dict[str, Any] = {"id": secrets.token_hex(8), "code": code, "component": component}
    row |= {"seats": new.seats, "added_at": tx.now}
    try:
        tx.connection.execute(licence.insert().values(**row))
    except IntegrityError:
        raise Refused("licence_exists", field="code") from None
    detail = {name: row[name] for name in ("code", "component", "seats")}
    audit.record(tx, who, "licence.added", row["id"], detail=detail)
    return _view(tx.connection.execute(select(licence).where(licence.c.id == row["id"])).one())


def remove(tx: Transaction, who: Principal, licence_id: str) -> None:
    """Give a licence up. Raises Refused ``licence_unknown``."""
    removed = delete(licence).where(licence.c.id == licence_id).returning(*licence.c)
    row = tx.connection.execute(removed).one_or_none()
    if row is None:
        raise Refused("licence_unknown")
    detail = {"code": row.code, "component": row.component, "seats": row.seats}
    audit.record(tx, who, "licence.removed", licence_id, detail=detail)


def _view(row: Any) -> Licence:
    return Licence(
        id=row.id, code=row.code, component=row.component, seats=row.seats, added_at=to_datetime(row.added_at)
    )
