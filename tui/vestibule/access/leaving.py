"""A device that signs itself out for good."""

from __future__ import annotations

from sqlalchemy import delete, select

from vestibule.access import audit, holding
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.store.engine import Transaction
from vestibule.store.schema import device


def forget_device(tx: Transaction, source: str, token: str) -> None:
    """Remove the device of ``token`` and its sessions.

    The token is proof enough, without a session or a second factor: it removes nothing but its own device.
    Raises Refused ``device_unknown``.
    """
    known = device.c.digest == tx.vault.digest("token", token.encode())
    holding.hold_clients(tx, select(device.c.client_id).where(known))
    gone = tx.connection.execute(delete(device).where(known).returning(device.c.client_id, device.c.name))
    row = gone.one_or_none()
    if row is None:
        raise Refused("device_unknown")
    who = Principal(row.client_id, source)
    audit.record(tx, who, "device.ended", row.client_id, detail={"device": row.name})
