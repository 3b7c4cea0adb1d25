"""A site is set up once per process, and written anew for each test that needs one of its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

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


@cache
def _files() -> dict[str, bytes]:
    with TemporaryDirectory() as home:
        here = folders({"VESTIBULE_HOME": home})
        create_site(here, SITE, PASSWORD, "en")
        return {path.name: path.read_bytes() for path in here.state.iterdir()}
