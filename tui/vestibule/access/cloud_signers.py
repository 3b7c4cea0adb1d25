"""The uploaders whose versions this site takes from the cloud: known by their public keys."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from vestibule import signatures
from vestibule.access import audit
from vestibule.access.client_fields import line
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.cloud_models import Signed, Signer, SignerNew, Signers, VersionDocument
from vestibule.signatures import ForgedError, Purpose
from vestibule.store.clock import to_datetime
from vestibule.store.cloud_schema import cloud_signer
from vestibule.store.dialect import insert
from vestibule.store.engine import Transaction


def page(tx: Transaction) -> Signers:
    """All of them, by name."""
    rows = tx.connection.execute(select(cloud_signer).order_by(cloud_signer.c.name, cloud_signer.c.key))
    return Signers(signers=[_view(row.name, row.key, row.added_at) for row in rows])


def count(tx: Transaction) -> int:
    """How many there are."""
    return int(tx.connection.execute(select(func.count()).select_from(cloud_signer)).scalar_one())


def add(tx: Transaction, who: Principal, new: SignerNew) -> Signer:
    """Take versions that the holder of this key has signed, from now on.

    Raises Refused: ``admin_needed``, ``reauthentication_needed``, ``name_needed``, ``cloud_key_invalid``,
    ``signer_exists``.
    """
    who.need_admin()
    who.need_fresh()
    name = line(new.name, "name")
    if not name:
        raise Refused("name_needed", field="name")
    try:
        key = signatures.normal_key(new.key)
    except ValueError:
        raise Refused("cloud_key_invalid", field="key") from None
    made = insert(tx.connection, cloud_signer).values(key=key, name=name, added_at=tx.now)
    made = made.on_conflict_do_nothing()
    if tx.connection.execute(made.returning(cloud_signer.c.key)).first() is None:
        raise Refused("signer_exists", field="key")
    detail = {"name": name, "key": signatures.fingerprint(key)}
    audit.record(tx, who, "cloud.signer_added", detail=detail)
    return _view(name, key, tx.now)


def remove(tx: Transaction, who: Principal, mark: str) -> None:
    """Take nothing more from the uploader whose key has this fingerprint. Raises ``signer_unknown``."""
    who.need_admin()
    who.need_fresh()
    for signer in page(tx).signers:
        if signer.fingerprint == signatures.normal_fingerprint(mark):
            tx.connection.execute(delete(cloud_signer).where(cloud_signer.c.key == signer.key))
            detail = {"name": signer.name, "key": signer.fingerprint}
            audit.record(tx, who, "cloud.signer_removed", detail=detail)
            return
    raise Refused("signer_unknown")


def who_signed(tx: Transaction, signed: Signed) -> tuple[str, VersionDocument]:
    """The name of the known uploader who signed this version. Raises Refused ``signer_unknown``."""
    for signer in page(tx).signers:
        try:
            return signer.name, signatures.verified(signed, Purpose.UPDATE, signer.key, VersionDocument)
        except ForgedError:
            continue
    raise Refused("signer_unknown")


def _view(name: str, key: str, added_at: int) -> Signer:
    mark = signatures.fingerprint(key)
    return Signer(name=name, key=key, fingerprint=mark, added_at=to_datetime(added_at))
