"""Writes everything that a site is into one file, while it is served."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, select

from vestibule import __version__, text
from vestibule.access import audit, cloud_packages, packages, passwords, placing
from vestibule.access.backup_file import CERTIFICATE, Archive, Manifest, Part, Told, as_store_errors
from vestibule.access.placing import DATABASE
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.config import KEY_FILE, Database, key_path, write_private
from vestibule.models import AuditVerdict
from vestibule.store import copying, postgresql
from vestibule.store.clock import to_datetime
from vestibule.store.cloud_schema import cloud_need, profile_package
from vestibule.store.dialect import is_shared
from vestibule.store.engine import (
    Store,
    Transaction,
    key_check,
    make_engine,
    open_store,
    refuse_later_tables,
    upgrade,
)
from vestibule.store.errors import StoreError
from vestibule.store.schema import metadata, project_version
from vestibule.store.sealed_file import SealedWriter
from vestibule.store.vault import load_key


@dataclass(frozen=True)
class Made:
    """A backup. ``missing``: packages that are not in it as they should be: they were gone or damaged."""

    rows: int
    at: datetime
    verdict: AuditVerdict
    sha256: str
    missing: int


@dataclass(frozen=True)
class _Taken:
    """All rows of one moment, in a file of their own; ``packages`` they speak of, as a backup calls them."""

    manifest: Manifest
    verdict: AuditVerdict
    packages: dict[str, Path]


def make(
    state: Path,
    database: Database,
    file: Path,
    passphrase: str | None,
    told: Told,
    *,
    overwrite: bool = False,
) -> Made:
    """Write a backup of the site to ``file``, for its owner only; nobody who uses the site waits for it.

    It is on record before it is begun: whoever has the file may have the site, and without a
    ``passphrase`` does. When this raises, or is stopped, there is no file.
    Raises Refused: ``backup_taken`` when there is a file and it is not to be overwritten, and for the
    passphrase as for a password; StoreError as ``open_store``, ``copy_differs``, ``tables_newer``.
    """
    if passphrase is not None:
        passwords.check_new(passphrase)
    if not overwrite and os.path.lexists(file):
        raise Refused("backup_taken")
    with placing.alone(state), closing(open_store(state, database)) as origin:
        with origin.write() as tx:
            refuse_later_tables(tx.connection)
            detail = {"file": text.visible(file.name), "encrypted": passphrase is not None}
            audit.record(tx, console(), "backup.begun", detail=detail)
        with placing.draft(state) as draft, as_store_errors(), _beside(file, overwrite) as opened:
            write_private(draft / KEY_FILE, key_path(state).read_bytes())
            taken = _take(origin, draft, told)
            writer = SealedWriter(opened, passphrase)
            missing = _fill(writer, state, draft, taken, told)
    return Made(taken.manifest.rows, taken.manifest.at, taken.verdict, writer.sha256, missing)


def _take(origin: Store, draft: Path, told: Told) -> _Taken:
    """Copy all rows of one moment into ``draft``, each compared with its original."""
    there = Store(make_engine(draft), origin.vault, draft, founding=True)
    with closing(there):
        upgrade(there.engine)
        with origin.read() as tx, there.write() as copy:
            if is_shared(tx.connection):
                postgresql.take_time(tx.connection)
            try:
                copying.copy(tx.connection, copy.connection, lambda done, whole: told(Part.ROWS, done, whole))
            except copying.Differs as differs:
                raise StoreError("copy_differs", str(differs)) from None
            verdict = audit.verify(copy)
            manifest = Manifest(
                vestibule=__version__,
                at=to_datetime(tx.now),
                tables=count_rows(copy),
                head=verdict.head,
                whole=verdict.ok,
                files={},
            )
            needed = _packages(copy, packages.folder_beside(origin))
            if key_check(load_key(draft, {})) != key_check(origin.vault):
                raise StoreError("key_wrong")  # another machine has changed it meanwhile
        placing.fold(there)
    return _Taken(manifest, verdict, needed)


def count_rows(tx: Transaction) -> dict[str, int]:
    """How many rows each table has."""
    counts = {table.name: select(func.count()).select_from(table) for table in metadata.sorted_tables}
    return {name: tx.connection.execute(query).scalar_one() for name, query in counts.items()}


def _packages(tx: Transaction, folder: Path) -> dict[str, Path]:
    """The packages that versions need, of the site and of those whose cloud it is."""
    with_one = project_version.c.package_sha256.is_not(None)
    own = set(tx.connection.execute(select(project_version.c.package_sha256).where(with_one)).scalars())
    own |= set(tx.connection.execute(select(profile_package.c.sha256)).scalars())
    found = {f"packages/{sha256}": packages.whole(folder, sha256) for sha256 in sorted(own)}
    theirs = (
        select(cloud_need.c.serial, cloud_need.c.sha256)
        .distinct()
        .order_by(*cloud_need.c["serial", "sha256"])
    )
    for row in tx.connection.execute(theirs):
        place = cloud_packages.folder_of(folder, row.serial)
        found[f"cloud/{row.serial}/{row.sha256}"] = packages.whole(place, row.sha256)
    return found


def _fill(writer: SealedWriter, state: Path, draft: Path, taken: _Taken, told: Told) -> int:
    """Put everything into the file; how many packages were not as they should be."""
    every = {DATABASE: draft / DATABASE, KEY_FILE: draft / KEY_FILE}
    every |= {name: state / name for name in CERTIFICATE if (state / name).exists()}
    every |= {name: path for name, path in taken.packages.items() if path.exists()}
    archive = Archive(writer, sum(path.stat().st_size for path in every.values()), told)
    well = 0
    for name, path in every.items():
        try:
            sha256 = archive.add(name, path)
        except FileNotFoundError:
            if name not in taken.packages:
                raise
            continue  # its version is not kept any more
        well += name in taken.packages and path.name == sha256
    archive.finish(taken.manifest)
    return len(taken.packages) - well


@contextmanager
def _beside(file: Path, overwrite: bool) -> Iterator[BinaryIO]:
    """A file that takes the place of ``file`` once it is whole. Raises OSError, Refused ``backup_taken``."""
    draft = file.with_name(f".{file.name[:100]}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
        if not overwrite and os.path.lexists(file):
            raise Refused("backup_taken")
        draft.replace(file)
        _sync(file.parent)
    finally:
        draft.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """The name of a file lasts too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
