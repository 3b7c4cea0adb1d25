"""What is remembered of how somebody likes the screens."""

from __future__ import annotations

from pathlib import Path

import pytest

from vestibule.config import Folders
from vestibule.remote.preferences import Preferences, load, save


@pytest.fixture
def here(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "state", tmp_path / "cache")


def test_one_choice_leaves_the_other(here: Folders) -> None:
    save(here, theme="light")
    save(here, language="de")
    assert load(here) == Preferences(theme="light", language="de")
    save(here, theme="")
    assert load(here) == Preferences(theme="", language="de")


def test_only_the_owner_may_read_it(here: Folders) -> None:
    save(here, theme="mono")
    assert (here.state / "preferences.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damaged", [b"", b"{", b'{"theme": 3}', b"[]"])
def test_a_damaged_file_is_no_choice_and_can_be_replaced(here: Folders, damaged: bytes) -> None:
    here.state.mkdir()
    (here.state / "preferences.json").write_bytes(damaged)
    assert load(here) == Preferences()
    save(here, language="fr")
    assert load(here).language == "fr"
