"""Packages of the project: files that arrive in pieces, are checked by SHA-256 and never opened.

Their folder, which several servers share, holds ``SHA256.part`` while a package arrives and ``SHA256``
once it is whole. Files come and go only inside write transactions that have the turn ``project``: a file and
its row cannot miss each other.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select

from vestibule import text
from vestibule.access import audit, holding
from vestibule.access.client_fields import line
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.config import private_folder
from vestibule.models import PACKAGE_LIMIT, PackageNew, PackageProgress
from vestibule.store.clock import DAY
from vestibule.store.cloud_schema import profile_package
from vestibule.store.dialect import insert
from vestibule.store.engine import Store, Transaction
from vestibule.store.schema import package, project_version

UNUSED_FOR = 7 * DAY
"""How long an unfinished or unused package is kept after it was last announced."""
RESERVE = 64 * 1024**2
"""Bytes of disk that a package must leave free: the database lives there too."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FOLDER = "packages"


def folder_beside(store: Store) -> Path:
    """The folder of packages: beside the site's key."""
    return store.state / _FOLDER


def whole(folder: Path, sha256: str) -> Path:
    """Where the package lies once it has arrived."""
    return folder / sha256


def part(folder: Path, sha256: str) -> Path:
    """Where the package grows."""
    return folder / f"{sha256}.part"


def progress(folder: Path, sha256: str, size: int) -> PackageProgress:
    """How much has arrived; a part is never complete, also when its last byte is there."""
    if whole(folder, sha256).exists():
        return PackageProgress(sha256=sha256, size=size, received=size)
    try:
        received = part(folder, sha256).stat().st_size
    except FileNotFoundError:
        received = 0
    return PackageProgress(sha256=sha256, size=size, received=received)


def announce(tx: Transaction, who: Principal, folder: Path, new: PackageNew) -> PackageProgress:
    """Expect a package, or go on with one; nothing is left to send when all of it is here.

    Raises Refused: ``package_too_large``, ``package_other_size``, ``disk_full``, or for its name.
    """
    new = described(new)
    private_folder(folder)
    holding.turn(tx, "project")
    _announce_row(tx, who, new)
    return make_room(folder, new)


def described(new: PackageNew) -> PackageNew:
    """``new`` with a name fit to keep. Raises Refused: ``package_too_large``, or for its name."""
    if new.size > PACKAGE_LIMIT:
        raise Refused("package_too_large", field="size")
    name = line(re.split(r"[/\\]", new.name)[-1], "name", text.NOTE_LIMIT) or _FOLDER
    return PackageNew(sha256=new.sha256, size=new.size, name=name)


def make_room(folder: Path, new: PackageNew) -> PackageProgress:
    """Begin the file of a package that is not whole yet. Raises Refused ``disk_full``."""
    here = progress(folder, new.sha256, new.size)
    if here.received < new.size:
        if shutil.disk_usage(folder).free < new.size - here.received + RESERVE:
            raise Refused("disk_full")
        os.close(os.open(part(folder, new.sha256), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return here


def _announce_row(tx: Transaction, who: Principal, new: PackageNew) -> None:
    known = tx.connection.execute(select(package.c.size).where(package.c.sha256 == new.sha256)).first()
    statement = insert(tx.connection, package)
    statement = statement.values(sha256=new.sha256, size=new.size, name=new.name, at=tx.now)
    same = package.c.size == new.size
    kept = statement.on_conflict_do_update(
        index_elements=[package.c.sha256], set_={"at": tx.now}, where=same
    ).returning(package.c.sha256)
    if tx.connection.execute(kept).first() is None:
        raise Refused("package_other_size", field="size")
    if known is None:
        detail = {"sha256": new.sha256, "size": new.size, "name": new.name}
        audit.record(tx, who, "package.announced", detail=detail)


def find(tx: Transaction, sha256: str) -> Any:
    """The package's row. Raises Refused ``package_unknown``."""
    if not _SHA256.fullmatch(sha256):
        raise Refused("package_unknown", field="package")
    row = tx.connection.execute(select(package).where(package.c.sha256 == sha256)).one_or_none()
    if row is None:
        raise Refused("package_unknown", field="package")
    return row


def require_whole(tx: Transaction, folder: Path, sha256: str) -> Any:
    """The row of a package that has arrived. Raises Refused ``package_unknown``, ``package_incomplete``."""
    row = find(tx, sha256)
    if not whole(folder, sha256).exists():
        raise Refused("package_incomplete", field="package")
    return row


def forget(tx: Transaction, who: Principal, folder: Path, sha256: str) -> None:
    """Give up a package that no version has. Raises Refused ``package_unknown``, ``package_in_use``."""
    holding.turn(tx, "project")
    find(tx, sha256)
    gone = delete(package).where(package.c.sha256 == sha256, _unused()).returning(package.c.sha256)
    if tx.connection.execute(gone).first() is None:
        raise Refused("package_in_use")
    unlink(folder, [sha256])
    audit.record(tx, who, "package.forgotten", detail={"sha256": sha256})


def drop_unused(tx: Transaction, among: Iterable[str]) -> bool:
    """Forget those of ``among`` that no version has; their files go with :func:`clean`, after commit."""
    gone = delete(package).where(package.c.sha256.in_(list(among)), _unused()).returning(package.c.sha256)
    return bool(tx.connection.execute(gone).all())


def sweep(store: Store, folder: Path) -> None:
    """Forget what was announced long ago and never used, and files without a row (after a crash)."""
    if not folder.exists():
        return
    with store.read() as tx:
        stale = _unused() & (package.c.at < tx.now - UNUSED_FOR)
        late = tx.connection.execute(select(package.c.sha256).where(stale).limit(1)).first()
        lost = _without_row(tx, folder)
    if late is not None:
        with store.write() as tx:
            holding.turn(tx, "project")
            tx.connection.execute(delete(package).where(stale))
    if late is not None or lost:
        clean(store, folder)


def clean(store: Store, folder: Path) -> None:
    """Remove the files that have no row any more."""
    with store.write() as tx:
        holding.turn(tx, "project")
        unlink(folder, _without_row(tx, folder))


def _without_row(tx: Transaction, folder: Path) -> set[str]:
    known = set(tx.connection.execute(select(package.c.sha256)).scalars())
    return found_in(folder) - known


def found_in(folder: Path) -> set[str]:
    """The packages of which there is a file, whole or not."""
    there = {name.removesuffix(".part") for name in os.listdir(folder)} if folder.exists() else set()
    return {name for name in there if _SHA256.fullmatch(name)}


def unlink(folder: Path, packages: Iterable[str]) -> None:
    """Remove the files of packages."""
    for sha256 in packages:
        part(folder, sha256).unlink(missing_ok=True)
        whole(folder, sha256).unlink(missing_ok=True)


def _unused() -> ColumnElement[bool]:
    whole_one = exists().where(project_version.c.package_sha256 == package.c.sha256)
    return ~whole_one & ~exists().where(profile_package.c.sha256 == package.c.sha256)
