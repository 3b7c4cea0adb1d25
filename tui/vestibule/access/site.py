"""Setting a site up: its folder, key, tables, first version and service account, all or nothing."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from vestibule import text
from vestibule.access import audit, holding, passwords, placing
from vestibule.access.client_fields import line, search_columns
from vestibule.access.clients import insert_client
from vestibule.access.principal import console
from vestibule.access.refused import Refused
from vestibule.config import KEY_FILE, MOVED, Database, key_path, private_folder
from vestibule.models import Kind
from vestibule.store.clock import Clock
from vestibule.store.engine import IN_FILE, Store, Transaction, key_check, make_engine, upgrade
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
    the site's: it may be another site's too. Raises Refused for a bad name or password, ``site_exists``
    when there is one and ``site_moved`` when there was: then nothing was touched. A site half made by a crash
    is not seen as one.
    """
    name = line(site_name, "site_name")
    if not name:
        raise Refused("name_needed", field="site_name")
    passwords.check_new(service_password, [name])
    hashed = passwords.hash_new(service_password)
    private_folder(state)
    with placing.alone(state), placing.draft(state) as draft:
        if database.is_file and (state / placing.DATABASE).exists():
            raise Refused("site_exists")
        if database.is_file and (state / f"{placing.DATABASE}{MOVED}").exists():
            raise Refused("site_moved")
        made_key = not key_path(state).exists()
        vault = create_key(draft) if made_key else load_key(state)
        store = Store(make_engine(draft, database), vault, state, founding=True)
        store.clock = clock or Clock()
        try:
            upgrade(store.engine)
            with store.write() as tx:
                _first_rows(tx, name, hashed, language)
                if made_key:
                    placing.publish(draft, state, KEY_FILE)
            if database.is_file:
                placing.fold(store)
        finally:
            store.close()
        if database.is_file:
            placing.publish(draft, state, placing.DATABASE)


def _first_rows(tx: Transaction, name: str, password_hash: str, language: str) -> None:
    holding.turn(tx, "setup")
    if tx.connection.execute(select(site_table.c.id)).first() is not None:
        raise Refused("site_exists")
    if tx.connection.execute(select(audit_head.c.id)).first() is not None:
        raise Refused("site_moved")
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
