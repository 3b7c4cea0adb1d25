"""Setting a site up: its folder, key, tables, first version and service account, all or nothing."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from vestibule import text
from vestibule.access import audit, holding, passwords
from vestibule.access.client_fields import line, search_columns
from vestibule.access.clients import insert_client
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.config import KEY_FILE, Database, key_path, private_folder
from vestibule.models import Kind
from vestibule.store.clock import Clock
from vestibule.store.engine import IN_FILE, Store, Transaction, key_check, make_engine, upgrade
from vestibule.store.errors import StoreError
from vestibule.store.schema import audit_head, project_version
from vestibule.store.schema import site as site_table
from vestibule.store.vault import create_key, load_key

SERVICE = "service"
"""Username of the installer's account."""


def create(
    state: Path,
    site_name: str,
    service_password: str,
    language: str,
    clock: Clock | None = None,
    database: Database = IN_FILE,
) -> None:
    """Set a site up in the folder ``state``; another ``clock`` than the machine's is for the demo.

    Its rows go into ``database``, or else into a file of the folder. A key that lies there already becomes
    the site's: it may be another site's too. Raises Refused for a bad name or password and ``site_exists``
    when there is one: then nothing was touched. A site half made by a crash is not seen as one.
    """
    name = line(site_name, "site_name")
    if not name:
        raise Refused("name_needed", field="site_name")
    passwords.check_new(service_password, [name])
    hashed = passwords.hash_new(service_password)
    is_file = not (database.url or database.trouble)
    private_folder(state)
    with _alone(state), _draft(state) as draft:
        if is_file and (state / "site.db").exists():
            raise Refused("site_exists")
        made_key = not key_path(state).exists()
        vault = create_key(draft) if made_key else load_key(state)
        store = Store(make_engine(draft, database), vault, state)
        store.clock = clock or Clock()
        try:
            upgrade(store.engine)
            with store.write() as tx:
                _first_rows(tx, name, hashed, language)
                if made_key:
                    _publish(draft, state, KEY_FILE)
            if is_file:
                _fold(store)
        finally:
            store.close()
        if is_file:
            _publish(draft, state, "site.db")


@contextmanager
def _draft(state: Path) -> Iterator[Path]:
    draft = state / f".setup-{secrets.token_hex(4)}"
    private_folder(draft)
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Two people setting up at once: the second waits, then finds the site."""
    try:
        handle = os.open(state / ".setup.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError("files_unreadable", f"{state}: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _first_rows(tx: Transaction, name: str, password_hash: str, language: str) -> None:
    holding.turn(tx, "setup")
    if tx.connection.execute(select(site_table.c.id)).first() is not None:
        raise Refused("site_exists")
    row = {"id": 1, "highest_time": tx.now, "key_check": key_check(tx.vault), "created_at": tx.now}
    tx.connection.execute(site_table.insert().values(**row))
    tx.connection.execute(audit_head.insert().values(id=1, seq=0, mac=b""))
    settings = {"system_name": name}
    tx.connection.execute(
        project_version.insert().values(number=1, settings=settings, at=tx.now, by=None, note="")
    )
    columns = {"name": "Service", "username": SERVICE, "username_key": SERVICE, "kind": Kind.INTERNAL.value}
    columns |= {"language": language, "password_hash": password_hash}
    flags = {"admin": True, "service": True, "first_login_at": tx.now}
    service_id = insert_client(tx, columns | search_columns(columns, None) | flags)
    audit.record(tx, console(), "site.created", service_id, detail={"site_name": text.visible(name)})


def _fold(store: Store) -> None:
    """Leave everything in the one file that is moved."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")


def _publish(draft: Path, state: Path, name: str) -> None:
    """The key goes before the rows that need it: they are what makes a site."""
    (draft / name).replace(state / name)
    folder = os.open(state, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
