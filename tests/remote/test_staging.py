"""Staged edits: sealed on disk, there again after a crash, compared with what others uploaded."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from vestibule.config import Folders, folders
from vestibule.models import System
from vestibule.properties import PROPERTIES, SECRETS
from vestibule.remote.staging import Draft, Staging, package_of, three_way

HERE = "http://gateway:7550"
SECRET = "hunter2!"


@pytest.fixture
def place(tmp_path: Path) -> Folders:
    return folders({"VESTIBULE_HOME": str(tmp_path)})


def system(version: int = 4, **changed: Any) -> System:
    settings = {entry.key: {"set": False} if entry.key in SECRETS else entry.default for entry in PROPERTIES}
    return System(version=version, settings={**settings, **changed})


def draft_file(place: Folders) -> Path:
    (found,) = place.state.glob("staged-*")
    return found


def test_edits_survive_and_nothing_of_them_can_be_read_on_disk(place: Folders) -> None:
    staging = Staging(place, HERE)
    assert (staging.draft, staging.edits, staging.base) == (None, {}, None)
    staging.stage("vnc_password", SECRET, system())
    staging.stage("location", "Lindenhof 7", system())
    staging.stage_package("/home/anna/haus.zip", system())
    again = Staging(place, HERE)
    assert again.edits == {"vnc_password": SECRET, "location": "Lindenhof 7"}
    assert again.base == 4
    assert package_of(again.draft) == Path("/home/anna/haus.zip")
    for file in place.state.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for word in (SECRET, "Lindenhof", "haus.zip", "vnc_password"):
            assert word.encode() not in file.read_bytes()
    assert sorted(file.name[:7] for file in place.state.iterdir()) == ["staged-", "staging"]
    assert stat.S_IMODE(place.state.stat().st_mode) == 0o700
    assert SECRET not in repr(again.draft)


def test_sites_do_not_see_each_others_edits(place: Folders) -> None:
    Staging(place, HERE).stage("location", "here", system())
    elsewhere = Staging(place, "http://elsewhere:7550")
    assert elsewhere.draft is None
    elsewhere.stage("location", "there", system(9))
    assert Staging(place, HERE).edits == {"location": "here"}
    # Nor can one file pass for the other.
    first, second = sorted(place.state.glob("staged-*"))
    first.write_bytes(second.read_bytes())
    assert sum(Staging(place, site).draft is None for site in (HERE, "http://elsewhere:7550")) == 1


def test_what_is_in_force_is_no_edit(place: Folders) -> None:
    staging = Staging(place, HERE)
    staging.stage("client_port", "7550", system())
    assert staging.draft is None
    assert not list(place.state.glob("staged-*"))
    staging.stage("client_port", " 80 ", system())
    assert staging.edits == {"client_port": 80}
    staging.stage("client_port", 7550, system())
    assert staging.draft is None
    staging.stage("vnc_password", "", system())
    assert staging.draft is None
    staging.stage("vnc_password", "", system(vnc_password={"set": True}))
    assert staging.edits == {"vnc_password": ""}


def test_what_others_uploaded_counts_as_in_force(place: Folders) -> None:
    staging = Staging(place, HERE)
    staging.stage("location", "mine", system())
    theirs = system(5, client_port=81)
    staging.stage("client_port", 7550, theirs)  # back to what it was in version 4
    assert staging.edits == {"location": "mine", "client_port": 7550}
    staging.stage("client_port", 81, theirs)
    assert staging.edits == {"location": "mine"}
    assert staging.base == 4


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("client_port", "70000", "port_invalid"),
        ("latitude", "91", "latitude_invalid"),
        ("local_ip", "1.2.3", "address_invalid"),
        ("location", "a\u202eb", "text_hidden_characters"),
    ],
)
def test_what_may_not_stand_there_is_not_staged(place: Folders, key: str, value: str, code: str) -> None:
    staging = Staging(place, HERE)
    staging.stage("location", "kept", system())
    with pytest.raises(ValueError, match=code):
        staging.stage(key, value, system())
    assert Staging(place, HERE).edits == {"location": "kept"}


def test_edits_are_reverted_one_by_one_or_all(place: Folders) -> None:
    staging = Staging(place, HERE)
    staging.revert("location")
    for key, value in (("location", "a"), ("server_type", "b"), ("cloud", True)):
        staging.stage(key, value, system())
    staging.revert("location")
    assert Staging(place, HERE).edits == {"server_type": "b", "cloud": True}
    staging.clear()
    staging.clear()
    assert Staging(place, HERE).draft is None
    assert not list(place.state.glob("staged-*"))
    staging.stage_package("/tmp/x", system())
    assert staging.draft is not None
    staging.stage_package(None, system())
    assert staging.draft is None


def test_two_programs_stage_for_the_same_site(place: Folders) -> None:
    screen, command_line = Staging(place, HERE), Staging(place, HERE)
    screen.stage("location", "screen", system())
    command_line.stage("server_type", "command line", system())
    assert command_line.edits == {"location": "screen", "server_type": "command line"}
    screen.revert("location")
    assert screen.edits == {"server_type": "command line"}
    command_line.reload()
    assert command_line.edits == screen.edits


@pytest.mark.parametrize("keep", [0, 5, 12, 20, -1])
def test_a_damaged_file_is_no_draft_and_no_obstacle(place: Folders, keep: int) -> None:
    Staging(place, HERE).stage("location", "lost", system())
    file = draft_file(place)
    file.write_bytes(file.read_bytes()[:keep])
    staging = Staging(place, HERE)
    assert staging.draft is None
    staging.stage("location", "new", system())
    assert Staging(place, HERE).edits == {"location": "new"}


@pytest.mark.parametrize("key", [b"", b"short", bytes(32)])
def test_a_damaged_key_is_replaced(place: Folders, key: bytes) -> None:
    Staging(place, HERE).stage("location", "lost", system())
    (place.state / "staging.key").write_bytes(key)
    staging = Staging(place, HERE)
    assert staging.draft is None
    staging.stage("location", "new", system())
    assert Staging(place, HERE).edits == {"location": "new"}


def test_a_key_that_is_gone_or_a_folder_in_its_place(place: Folders) -> None:
    Staging(place, HERE).stage("location", "lost", system())
    (place.state / "staging.key").unlink()
    assert Staging(place, HERE).draft is None
    (place.state / "staging.key").mkdir()
    staging = Staging(place, HERE)
    assert staging.draft is None
    with pytest.raises(OSError):
        staging.stage("location", "new", system())
    assert staging.draft is None


def test_differences_of_three() -> None:
    base = system(location="here", server_type="a", vnc_password={"set": False}).settings
    edits = {"location": "mine", "server_type": "b", "client_port": 80, "vnc_password": SECRET}
    draft = Draft(base=4, base_settings=base, edits=edits)
    assert three_way(draft, System(version=4, settings=base)) == {}
    theirs = system(5, location="theirs", server_type="b", cloud=True, vnc_password={"set": True})
    assert three_way(draft, theirs) == {
        "location": ("here", "theirs", "mine"),
        "vnc_password": ({"set": False}, {"set": True}, SECRET),
    }


def test_rebase_goes_on_from_the_version_in_force(place: Folders) -> None:
    staging = Staging(place, HERE)
    staging.stage("location", "mine", system())
    staging.stage_package("/tmp/x.zip", system())
    now = system(5, location="theirs", server_type="b")
    staging.rebase(now, {"location": "mine", "server_type": "b"})
    again = Staging(place, HERE)
    assert (again.base, again.edits) == (5, {"location": "mine"})
    assert again.draft is not None
    assert again.draft.base_settings == now.settings
    assert again.draft.package == "/tmp/x.zip"
    staging.stage_package(None, now)
    staging.rebase(now, {"server_type": "b"})
    assert Staging(place, HERE).draft is None
