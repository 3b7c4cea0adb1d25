"""Automatic server update: a version from the cloud is judged, applied like an upload, and taken back.

The cloud only carries it. What counts is who signed it, for which site, and on which version it builds: one
that builds on another than the version in force is refused, so an old one can never come back.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any, Final

from sqlalchemy import delete, select, update

from vestibule import properties
from vestibule.access import audit, cloud_signers, hooks, project, settings
from vestibule.access.hook_runner import HookRunner
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.cloud_models import CloudUpdate, Offered, OfferOutcome, VersionDocument
from vestibule.models import SystemChange
from vestibule.store.clock import DAY, to_datetime, to_moment
from vestibule.store.cloud_schema import cloud_update
from vestibule.store.engine import Store, Transaction

RUNNING, APPLIED, REFUSED, ROLLED_BACK = "running", "applied", "refused", "rolled_back"
LIFE: Final = 30 * DAY
"""How old a signed version may be: a cloud that held one back cannot bring it out a year later."""
_AHEAD = DAY
_KEPT = 90 * DAY
_SHOWN = 5
_NOTE = "Rollback"
_ACTION = "cloud.updated"


def judge(tx: Transaction, offered: Offered, serial: str) -> tuple[str, VersionDocument]:
    """Who signed what is offered, and what it is.

    Raises Refused: ``signer_unknown``, ``update_other_site``, ``update_too_old``, ``version_stale`` when it
    builds on another version, ``update_keeps_one`` when there would be no way back, ``property_unknown``.
    """
    signer, document = cloud_signers.who_signed(tx, offered.version)
    if document.serial != serial or document.settings.get("serial_number") != serial:
        raise Refused("update_other_site")
    if not tx.now - LIFE <= to_moment(document.at) <= tx.now + _AHEAD:
        raise Refused("update_too_old")
    in_force = settings.newest(tx).number
    if document.base != in_force or document.number != in_force + 1:
        raise Refused("version_stale", version=in_force)
    if project.retention(tx).versions_kept < 2:
        raise Refused("update_keeps_one")
    if set(document.settings) & set(properties.SECRETS):
        raise Refused("property_unknown")
    return signer, document


def handled(tx: Transaction, offered: Offered) -> bool:
    """Whether this very offer was decided already."""
    same = (cloud_update.c.seq == offered.seq) & (cloud_update.c.digest == _digest(offered))
    return tx.connection.execute(select(cloud_update.c.id).where(same)).first() is not None


def apply(
    store: Store,
    who: Principal,
    offered: Offered,
    judged: tuple[str, VersionDocument],
    folder: Path,
    runner: HookRunner,
) -> int:
    """Make the next version of what was judged, as any upload does; its packages are here.

    Raises Refused as ``project.upload``; then nothing is changed.
    """
    signer, document = judged
    change = SystemChange(
        settings=document.settings,
        note=document.note,
        package=document.package.sha256 if document.package else None,
        profiles={name: info.sha256 for name, info in document.profiles.items()},
    )

    def planned(tx: Transaction, number: int) -> None:
        runner.plan(tx, number)
        _write(tx, offered, signer, outcome=RUNNING, version=number, previous=document.base)
        audit.record(tx, who, _ACTION, detail={"version": number, "signer": signer})

    made = project.upload(store, who, document.base, change, folder, planned)
    runner.run(made.version)
    return made.version


def refuse(tx: Transaction, who: Principal, offered: Offered, signer: str, code: str) -> None:
    """Write down that an offer is not taken, and why; unless another process has taken it meanwhile."""
    if handled(tx, offered):
        return
    _write(tx, offered, signer, outcome=REFUSED, reason=code)
    audit.record(tx, who, _ACTION, outcome=code, detail={"seq": offered.seq, "signer": signer})


def follow(store: Store, who: Principal, folder: Path, runner: HookRunner) -> None:
    """Settle updates whose hooks have ended: applied, or rolled back when one of them failed."""
    with store.read() as tx:
        running = cloud_update.c.outcome == RUNNING
        rows = tx.connection.execute(select(cloud_update).where(running)).all()
        said = hooks.results(tx, [row.version for row in rows])
    for row in rows:
        if any(result.running for result in said[row.version]):
            continue
        if all(result.exit == 0 for result in said[row.version]):
            with store.write() as tx:
                _settle(tx, row.id, APPLIED, "")
        else:
            _roll_back(store, who, row, folder, runner)


def _roll_back(store: Store, who: Principal, row: Any, folder: Path, runner: HookRunner) -> None:
    """Take the version before up again, as a new one; unless somebody has uploaded since."""

    def planned(tx: Transaction, number: int) -> None:
        runner.plan(tx, number)
        _settle(tx, row.id, ROLLED_BACK, "hook_failed")
        detail = {"version": row.version, "restored": row.previous, "signer": row.signer}
        audit.record(tx, who, "cloud.rolled_back", outcome="hook_failed", detail=detail)

    try:
        made = project.restore(store, who, row.version, row.previous, _NOTE, folder, planned)
    except Refused as refused:
        with store.write() as tx:
            if _settle(tx, row.id, APPLIED, "hook_failed"):
                detail = {"version": row.version, "signer": row.signer}
                audit.record(tx, who, "cloud.rolled_back", outcome=refused.code, detail=detail)
        return
    runner.run(made.version)


def untold(tx: Transaction) -> list[OfferOutcome]:
    """Outcomes that the cloud does not know yet, oldest first."""
    ended = (cloud_update.c.outcome != RUNNING) & ~cloud_update.c.told
    rows = tx.connection.execute(select(cloud_update).where(ended).order_by(cloud_update.c.at))
    return [OfferOutcome(seq=row.seq, outcome=row.outcome, reason=row.reason) for row in rows]


def told(tx: Transaction, outcome: OfferOutcome) -> None:
    """The cloud knows."""
    same = (cloud_update.c.seq == outcome.seq) & (cloud_update.c.outcome == outcome.outcome)
    tx.connection.execute(update(cloud_update).where(same).values(told=True))


def last(tx: Transaction) -> list[CloudUpdate]:
    """The last few, newest first."""
    rows = tx.connection.execute(select(cloud_update).order_by(cloud_update.c.at.desc()).limit(_SHOWN))
    return [
        CloudUpdate(
            at=to_datetime(row.at),
            signer=row.signer,
            version=row.version,
            outcome=row.outcome,
            reason=row.reason,
        )
        for row in rows
    ]


def is_running(tx: Transaction) -> bool:
    """Whether the hooks of an update are awaited."""
    running = select(cloud_update.c.id).where(cloud_update.c.outcome == RUNNING)
    return tx.connection.execute(running.limit(1)).first() is not None


def prune(tx: Transaction) -> None:
    """Forget what was long ago."""
    tx.connection.execute(delete(cloud_update).where(cloud_update.c.at < tx.now - _KEPT))


def _write(tx: Transaction, offered: Offered, signer: str, **columns: Any) -> None:
    row = {"id": secrets.token_hex(8), "seq": offered.seq, "digest": _digest(offered), "signer": signer}
    row |= {"at": tx.now, "reason": "", "version": None, "previous": None}
    tx.connection.execute(cloud_update.insert().values(**row | columns))


def _settle(tx: Transaction, update_id: str, outcome: str, reason: str) -> bool:
    """Whether nobody has before."""
    running = (cloud_update.c.id == update_id) & (cloud_update.c.outcome == RUNNING)
    ended = update(cloud_update).where(running).values(outcome=outcome, reason=reason)
    return tx.connection.execute(ended.returning(cloud_update.c.id)).first() is not None


def _digest(offered: Offered) -> str:
    said = f"{offered.version.document}\n{offered.version.signature}"
    return hashlib.sha256(said.encode()).hexdigest()
