"""A site is set up once per process, and written anew for each test that needs one of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

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


@cache
def _files() -> dict[str, bytes]:
    with TemporaryDirectory() as home:
        here = folders({"VESTIBULE_HOME": home})
        create_site(here, SITE, PASSWORD, "en")
        return {path.name: path.read_bytes() for path in here.state.iterdir()}
