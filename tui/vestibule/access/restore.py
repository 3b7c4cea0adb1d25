"""Puts a site back from a backup, where none is; until all of it was checked, nothing changes."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from vestibule.access import audit, placing, voiding
from vestibule.access.backup import count_rows
from vestibule.access.backup_file import (
    CERTIFICATE,
    MANIFEST,
    MANIFEST_LIMIT,
    PACKAGE,
    Kept,
    Manifest,
    Part,
    Told,
    as_store_errors,
    may_hold,
)
from vestibule.access.placing import DATABASE
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.access.voiding import Voided
from vestibule.config import KEY_FILE, MOVED, Database, key_path, private_folder
from vestibule.store import copying
from vestibule.store.engine import Store, check_key, make_engine, refuse_later_tables, upgrade
from vestibule.store.errors import StoreError
from vestibule.store.schema import audit_head, site
from vestibule.store.sealed_file import PIECE, SealedFileError, SealedReader
from vestibule.store.vault import load_key


@dataclass(frozen=True)
class Restored:
    """A site that is back: what the backup said of itself, and what of it is void now."""

    manifest: Manifest
    voided: Voided


def restore(
    state: Path,
    database: Database,
    file: Path,
    passphrase: str | None,
    told: Told,
    *,
    unchanged: bool = False,
) -> Restored:
    """Put the site in ``file`` into ``database``, and its key and packages into ``state``.

    ``unchanged``: nothing was decided at the site since the backup was made (see ``voiding``).
    Raises Refused ``site_exists``, ``site_moved``, ``key_taken``; StoreError ``backup_foreign``,
    ``backup_damaged``, ``backup_passphrase_needed``, ``backup_passphrase_wrong``, ``tables_newer``, and as
    ``open_store``. Then nothing has changed.
    """
    with as_store_errors():
        opened = file.open("rb")
    with opened:
        private_folder(state)
        with placing.alone(state), placing.draft(state) as draft, as_store_errors():
            if database.is_file:
                _refuse_file(state)
            manifest = _unpack(opened, passphrase, draft, told)
            _refuse_key(state, draft)
            with closing(_open(draft)) as arrived:
                _check(arrived, manifest)
                with arrived.write() as tx:
                    voided = voiding.void(tx, unchanged=unchanged)
                    detail = {"head": manifest.head, "rows": manifest.rows, **voided.detail()}
                    audit.record(tx, console(), "site.restored", detail=detail)
                if not database.is_file:
                    _into(database, state, draft, arrived, told)
                else:
                    placing.fold(arrived)
            if database.is_file:
                _place_files(draft, state)
                placing.publish(draft, state, DATABASE)
    return Restored(manifest, voided)


# --- out of the file --------------------------------------------------------------------------


def _unpack(file: BinaryIO, passphrase: str | None, draft: Path, told: Told) -> Manifest:
    """Write what the backup holds into ``draft``, compared with its manifest. Raises SealedFileError."""
    whole = file.seek(0, 2)
    file.seek(0)
    reader = SealedReader(file, passphrase)
    found: dict[str, Kept] = {}
    manifest = b""
    try:
        with tarfile.open(mode="r|", fileobj=reader, bufsize=PIECE) as archive:  # type: ignore[call-overload]
            for entry in archive:
                if not (entry.isreg() and may_hold(entry.name)) or entry.name in found:
                    raise SealedFileError("backup_damaged")
                content = archive.extractfile(entry)
                if entry.name == MANIFEST:
                    manifest = content.read(MANIFEST_LIMIT)
                else:
                    found[entry.name] = _write(
                        content, draft / entry.name, lambda: told(Part.BYTES, file.tell(), whole)
                    )
        reader.finish()
        said = msgspec.json.decode(manifest, type=Manifest)
    except (tarfile.TarError, msgspec.MsgspecError, UnicodeDecodeError):
        raise SealedFileError("backup_damaged") from None
    if said.files != found or not {DATABASE, KEY_FILE} <= found.keys():
        raise SealedFileError("backup_damaged")
    told(Part.BYTES, whole, whole)
    return said


def _write(content: BinaryIO, path: Path, told: Callable[[], None]) -> Kept:
    private_folder(path.parent)
    path.touch(mode=0o600)
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        while piece := content.read(PIECE):
            file.write(piece)
            digest.update(piece)
            size += len(piece)
            told()
    return Kept(size, digest.hexdigest())


def _open(draft: Path) -> Store:
    """The rows as they have arrived."""
    vault = load_key(draft, {})
    return Store(make_engine(draft), vault, draft)


def _check(arrived: Store, manifest: Manifest) -> None:
    """Raises StoreError unless these are the rows that the backup was made of, and their key."""
    try:
        with arrived.read() as tx:
            refuse_later_tables(tx.connection)
        upgrade(arrived.engine)
        check_key(arrived)
    except DBAPIError:
        raise StoreError("backup_damaged") from None
    with arrived.read() as tx:
        verdict = audit.verify(tx)
        counted = count_rows(tx)
        same = all(counted.get(table) == rows for table, rows in manifest.tables.items())
    if not same or (verdict.ok, verdict.head) != (manifest.whole, manifest.head):
        raise StoreError("backup_damaged")


# --- into its place ---------------------------------------------------------------------------


def _refuse_file(state: Path) -> None:
    if (state / DATABASE).exists():
        raise Refused("site_exists")
    if (state / f"{DATABASE}{MOVED}").exists():
        raise Refused("site_moved")


def _refuse_key(state: Path, draft: Path) -> None:
    there = key_path(state)
    if there.exists() and there.read_bytes().strip() != (draft / KEY_FILE).read_bytes().strip():
        raise Refused("key_taken", detail=str(there))


def _into(database: Database, state: Path, draft: Path, arrived: Store, told: Told) -> None:
    """Copy the rows into an empty PostgreSQL, each compared; they are in force once the files are there."""
    with closing(Store(make_engine(draft, database), arrived.vault, state, database, founding=True)) as there:
        upgrade(there.engine)
        with there.write_alone() as entering, arrived.read() as leaving:
            _refuse_rows(entering.connection)
            try:
                copying.copy(
                    leaving.connection, entering.connection, lambda done, whole: told(Part.ROWS, done, whole)
                )
            except copying.Differs as differs:
                raise StoreError("copy_differs", str(differs)) from None
            _place_files(draft, state)


def _refuse_rows(connection: Connection) -> None:
    if connection.execute(select(site.c.id)).first() is not None:
        raise Refused("site_exists")
    if connection.execute(select(audit_head.c.id)).first() is not None:
        raise Refused("site_moved")


def _place_files(draft: Path, state: Path) -> None:
    """Put the key, the certificate and the packages where they belong; what is there already stays."""
    if not key_path(state).exists():
        placing.publish(draft, state, KEY_FILE)
    names = [name for name in CERTIFICATE if (draft / name).exists()]
    if names and not (state / names[-1]).exists():
        _place(draft, state, names)
    packages = [str(path.relative_to(draft)) for path in draft.rglob("*") if path.is_file()]
    # One that was damaged before stays away: it is uploaded again.
    whole = [name for name in packages if PACKAGE.fullmatch(name) and name.endswith(_sha256(draft / name))]
    _place(draft, state, [name for name in whole if not (state / name).exists()])


def _place(draft: Path, state: Path, names: Sequence[str]) -> None:
    for name in names:
        private_folder((state / name).parent)
        arriving = state / f"{name}.part"  # packages that servers share lie on another disk
        shutil.move(draft / name, arriving)
        arriving.replace(state / name)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
