"""A site is set up once per process, and written anew for each test that needs one of its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from argon2 import PasswordHasher

from vestibule.config import Folders, folders, private_folder
from vestibule.remote.embedded import create_site

PASSWORD = "correct horse battery staple"
SITE = "Haus Lindenhof"


def new_site(home: Path) -> Folders:
    """A site of its own in the folder ``home``, as ``vestibule setup`` leaves it."""
    here = folders({"VESTIBULE_HOME": str(home)})
    private_folder(here.state)
    for name, content in _files().items():
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
