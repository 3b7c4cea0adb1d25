"""Setting a site up: its folder, key, tables, first version and service account, all or nothing."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vestibule import text
from vestibule.access import audit, passwords
from vestibule.access.client_fields import line, search_columns
from vestibule.access.clients import insert_client
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.config import private_folder
from vestibule.models import Kind
from vestibule.store.clock import Clock
from vestibule.store.engine import Store, Transaction, key_check, make_engine, upgrade
from vestibule.store.errors import StoreError
from vestibule.store.schema import audit_head, project_version
from vestibule.store.schema import site as site_table
from vestibule.store.vault import KEY_FILE, create_key

SERVICE = "service"
"""Username of the installer's account."""


def create(
    state: Path, site_name: str, service_password: str, language: str, clock: Clock | None = None
) -> None:
    """Set a site up in the folder ``state``; another ``clock`` than the machine's is for the demo.

    Raises Refused for a bad name or password and ``site_exists`` when there is one: then nothing
    was touched. A site half made by a crash is not seen as one.
    """
    name = line(site_name, "site_name")
    if not name:
        raise Refused("name_needed", field="site_name")
    passwords.check_new(service_password, [name])
    hashed = passwords.hash_new(service_password)
    private_folder(state)
    with _alone(state):
        if (state / "site.db").exists():
            raise Refused("site_exists")
        draft = state / f".setup-{secrets.token_hex(4)}"
        private_folder(draft)
        try:
            _fill(draft, name, hashed, language, clock or Clock())
            _publish(draft, state)
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


def _fill(draft: Path, name: str, password_hash: str, language: str, clock: Clock) -> None:
    vault = create_key(draft)
    store = Store(make_engine(draft / "site.db"), vault)
    store.clock = clock
    try:
        upgrade(store.engine)
        moment = store.clock.now()
        row = {"id": 1, "highest_time": moment, "key_check": key_check(vault), "created_at": moment}
        with store.engine.begin() as connection:
            connection.execute(site_table.insert().values(**row))
        with store.write() as tx:
            _first_rows(tx, name, password_hash, language)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
    finally:
        store.close()


def _first_rows(tx: Transaction, name: str, password_hash: str, language: str) -> None:
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


def _publish(draft: Path, state: Path) -> None:
    """The database is moved last: it is what makes a folder a site."""
    (draft / KEY_FILE).replace(state / KEY_FILE)
    (draft / "site.db").replace(state / "site.db")
    folder = os.open(state, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
