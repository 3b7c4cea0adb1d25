"""What another machine of a site has of a key that was changed here, and the command that changes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.sites import Place
from tests.store.test_rotation import add, quiet, whole
from vestibule.access import rotation
from vestibule.config import KEY_FILE, private_folder
from vestibule.store.errors import StoreError


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_another_machine_refuses_until_it_has_the_key(place: Place, tmp_path: Path) -> None:
    elsewhere = Place(private_folder(tmp_path / "elsewhere"), place.database)
    shutil.copy2(place.state / KEY_FILE, elsewhere.state)
    other = elsewhere.open()
    rotation.rotate(place.state, place.database, quiet)
    with pytest.raises(StoreError, match="key_wrong"):
        add(other, "Guest")
    with pytest.raises(StoreError, match="key_wrong"):
        elsewhere.open()
    shutil.copy2(place.state / KEY_FILE, elsewhere.state)
    add(other, "Guest")
    assert whole(other)
    other.close()


def test_the_command(place: Place) -> None:
    shell = Shell(place.state.parent)
    told = shell.json("rotate-key")
    assert shell.json("audit", "verify")["head"] == told["audit_head"]
    assert shell.run("--site", "here", "rotate-key").returncode == 2
