"""Packages that the cloud keeps for its sites, each in the folder of its site.

Two sites with the same package have it twice: so none can get another's by announcing what it is called.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, exists, func, select

from vestibule.access import audit, holding, packages
from vestibule.access.arrival import Arrival, is_settled
from vestibule.access.principal import Principal
from vestibule.access.refused import Refused
from vestibule.config import private_folder
from vestibule.models import PackageInfo, PackageNew, PackageProgress
from vestibule.store.clock import DAY
from vestibule.store.cloud_schema import cloud_need, cloud_package, cloud_site
from vestibule.store.dialect import insert, larger
from vestibule.store.engine import Store, Transaction

SITE_LIMIT: Final = 16 * 1024**3
"""Bytes that the cloud keeps for one site."""
_LEAST: Final = 256 * 1024
"""Bytes that a package counts as: 16 GiB of files of one byte would leave nobody else a file."""
_UNUSED_FOR = 7 * DAY
_FOLDER = "cloud"


class CloudArrival(Arrival):
    """A package of one site arriving."""

    def __init__(self, folder: Path, serial: str, sha256: str, size: int, offset: int) -> None:
        """Raises Refused as ``Arrival`` does."""
        self._serial, self._name = serial, sha256
        super().__init__(folder, sha256, size, offset)

    def settle(self, tx: Transaction, who: Principal, right: bool) -> None:
        """See ``Arrival.settle``."""
        if not right:
            mine = (cloud_package.c.serial == self._serial) & (cloud_package.c.sha256 == self._name)
            tx.connection.execute(delete(cloud_package).where(mine, _unused()))
            detail = {"serial": self._serial, "sha256": self._name}
            audit.record(tx, who, "cloud.package_received", outcome="package_damaged", detail=detail)


def folder_of(packages_folder: Path, serial: str) -> Path:
    """Where the packages of one site are: beside the server's own."""
    return packages_folder.parent / _FOLDER / serial


def begin(store: Store, who: Principal, folder: Path, serial: str, new: PackageNew) -> PackageProgress:
    """Announce a package of a site, or go on with one.

    Raises Refused: ``cloud_full``, ``package_too_large``, ``package_other_size``, ``package_damaged``,
    ``disk_full``.
    """
    new = packages.described(new)
    private_folder(folder)
    with store.write() as tx:
        holding.turn(tx, f"cloud {serial}")
        _announce(tx, serial, new)
        here = packages.make_room(folder, new)
    if is_settled(folder, here):
        return here
    arrival = CloudArrival(folder, serial, new.sha256, new.size, new.size)
    try:
        return arrival.finish(store, who)
    finally:
        arrival.close()


def _announce(tx: Transaction, serial: str, new: PackageNew) -> None:
    row = {"serial": serial, "sha256": new.sha256, "size": new.size, "name": new.name, "at": tx.now}
    kept = (
        insert(tx.connection, cloud_package)
        .values(**row)
        .on_conflict_do_update(
            index_elements=[cloud_package.c.serial, cloud_package.c.sha256],
            set_={"at": tx.now},
            where=cloud_package.c.size == new.size,
        )
    )
    if tx.connection.execute(kept.returning(cloud_package.c.sha256)).first() is None:
        raise Refused("package_other_size", field="size")
    counted = larger(cloud_package.c.size, _LEAST)
    whole = select(func.sum(counted)).where(cloud_package.c.serial == serial)
    if tx.connection.execute(whole).scalar_one() > SITE_LIMIT:
        raise Refused("cloud_full")


def find(tx: Transaction, serial: str, sha256: str) -> Any:
    """The row of a site's package. Raises Refused ``package_unknown``."""
    mine = (cloud_package.c.serial == serial) & (cloud_package.c.sha256 == sha256)
    row = tx.connection.execute(select(cloud_package).where(mine)).one_or_none()
    if row is None:
        raise Refused("package_unknown", field="package")
    return row


def require_whole(tx: Transaction, folder: Path, serial: str, wanted: Collection[PackageInfo]) -> None:
    """All of ``wanted`` have arrived. Raises Refused ``package_unknown``, ``package_incomplete``."""
    for info in wanted:
        row = find(tx, serial, info.sha256)
        if row.size != info.size:
            raise Refused("package_other_size", field="package")
        if not packages.whole(folder, row.sha256).exists():
            raise Refused("package_incomplete", field="package")


def drop_unused(tx: Transaction, serial: str) -> None:
    """Forget the site's packages that nothing needs, but those that may be arriving."""
    stale = (cloud_package.c.serial == serial) & (cloud_package.c.at < tx.now - _UNUSED_FOR)
    tx.connection.execute(delete(cloud_package).where(stale, _unused()))


def sweep(store: Store, packages_folder: Path) -> None:
    """Forget what was announced long ago and never used, and files that have no row any more."""
    root = packages_folder.parent / _FOLDER
    if not root.exists():
        return
    with store.write() as tx:
        stale = cloud_package.c.at < tx.now - _UNUSED_FOR
        tx.connection.execute(delete(cloud_package).where(stale, _unused()))
    for folder in root.iterdir():
        _clean(store, folder)


def _clean(store: Store, folder: Path) -> None:
    there = packages.found_in(folder)
    mine = select(cloud_package.c.sha256).where(cloud_package.c.serial == folder.name)
    site = select(cloud_site.c.serial).where(cloud_site.c.serial == folder.name)
    with store.read() as tx:
        known = tx.connection.execute(site).first() is not None
        if known and there <= set(tx.connection.execute(mine).scalars()):
            return
    with store.write() as tx:
        holding.turn(tx, f"cloud {folder.name}")
        packages.unlink(folder, there - set(tx.connection.execute(mine).scalars()))
        if tx.connection.execute(site).first() is None:
            with suppress(OSError):  # something else is in it
                folder.rmdir()


def _unused() -> ColumnElement[bool]:
    same = (cloud_need.c.serial == cloud_package.c.serial) & (cloud_need.c.sha256 == cloud_package.c.sha256)
    return ~exists().where(same)
