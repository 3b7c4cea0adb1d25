"""A site is set up once per process, and written anew for each test that needs one of its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from argon2 import PasswordHasher

from vestibule.config import Database, Folders, folders, private_folder
from vestibule.remote.embedded import create_site
from vestibule.store.engine import Store, open_store

PASSWORD = "correct horse battery staple"
SITE = "Haus Lindenhof"


@dataclass(frozen=True)
class Place:
    """Where a site is: the folder with its key, and the database with its rows."""

    state: Path
    database: Database

    def open(self) -> Store:
        """Open it, as each of several processes does."""
        return open_store(self.state, self.database)


def new_site(home: Path, key: bytes | None = None) -> Folders:
    """A site of its own in the folder ``home``, as ``vestibule setup`` leaves it.

    With a ``key`` its rows are elsewhere, and the key alone is here.
    """
    here = folders({"VESTIBULE_HOME": str(home)})
    private_folder(here.state)
    for name, content in (_files() if key is None else {"vault.key": key}).items():
        file = here.state / name
        file.touch(mode=0o600)
        file.write_bytes(content)
    return here


def cheap_hash(password: str) -> str:
    """As Vestibule makes it but for its cost: each login of a test would wait for it."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


@cache
def _files() -> dict[str, bytes]:
    with TemporaryDirectory() as home:
        here = folders({"VESTIBULE_HOME": home})
        create_site(here, SITE, PASSWORD, "en")
        with closing(sqlite3.connect(here.database)) as database, database:
            database.execute("UPDATE client SET password_hash = ? WHERE service", (cheap_hash(PASSWORD),))
        return {path.name: path.read_bytes() for path in here.state.iterdir()}
