"""The ``.vestibule`` file: written whole or not at all, and hostile ones refused with nothing left behind."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest

from vestibule.config import Folders, folders
from vestibule.models import SystemChange
from vestibule.remote import importing, project_file
from vestibule.remote.api import Api
from vestibule.remote.embedded import create_site, open_site
from vestibule.remote.project_format import ProjectFileError, safe_name, suggested_name
from vestibule.remote.sites import HERE
from vestibule.remote.staging import Staging
from vestibule.render.sentences import about_file

PACKAGE = b"firmware" * 1000


@pytest.fixture
def here(tmp_path: Path) -> Folders:
    made = folders({"VESTIBULE_HOME": str(tmp_path / "home")})
    create_site(made, "Haus Lindenhof", "correct horse battery staple", "en")
    return made


@pytest.fixture
async def api(here: Folders) -> AsyncIterator[Api]:
    async with open_site(here, "", as_console=True) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming"


def manifest(content: bytes | None = PACKAGE, /, **other: Any) -> dict[str, Any]:
    digest = None
    if content is not None:
        digest = {"name": "fw.bin", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return {
        "format": 1,
        "site": "Haus",
        "version": 3,
        "exported_at": "2026-11-22T10:00:00Z",
        "package": digest,
        **other,
    }


def made(
    path: Path,
    told: Any = None,
    settings: Any = None,
    package: bytes | None = PACKAGE,
    more: tuple[tuple[str, bytes], ...] = (),
    method: int = ZIP_STORED,
) -> Path:
    with ZipFile(path, "w", method) as archive:
        archive.writestr("manifest.json", json.dumps(manifest(package) if told is None else told))
        archive.writestr("settings.json", json.dumps({"location": "Bern"} if settings is None else settings))
        if package is not None:
            archive.writestr("package", package, ZIP_STORED)
        for name, data in more:
            archive.writestr(name, data)
    return path


def about(path: str) -> tuple[str, int, bytes]:
    return Path(path).name, stat.S_IMODE(Path(path).stat().st_mode), Path(path).read_bytes()


def refusal(path: Path, place: Path) -> str:
    with pytest.raises(ProjectFileError) as refused:
        project_file.read(path, place)
    assert list(place.iterdir()) == []
    said = about_file(refused.value.code, refused.value.key)
    assert said.endswith(".")
    assert "%(" not in said
    return refused.value.code


async def test_what_was_exported_is_imported(api: Api, here: Folders, tmp_path: Path) -> None:
    firmware = tmp_path / "fw 2.bin"
    firmware.write_bytes(PACKAGE)
    sha256 = (await api.upload_package(firmware)).sha256
    change = SystemChange(settings={"location": "Bern", "vnc_password": "geheim1"}, package=sha256)
    await api.change_system(change, 1)
    await api.change_system(SystemChange(settings={"location": "Chur"}, package=None), 2)
    file = tmp_path / "out.vestibule"
    told = await project_file.write(api, 2, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (told.site, told.version) == ("Haus Lindenhof", 2)
    assert b"geheim1" not in file.read_bytes()
    assert "password" not in json.loads(ZipFile(file).read("settings.json"))
    with pytest.raises(ProjectFileError, match="file_exists"):
        await project_file.write(api, 1, file)
    staging = Staging(here, HERE)
    await importing.take_up(api, file, here, staging, HERE)
    assert staging.edits == {"location": "Bern"}
    assert staging.draft is not None
    assert staging.draft.package is not None
    assert about(staging.draft.package) == ("fw 2.bin", 0o600, PACKAGE)
    await importing.take_up(api, file, here, staging, HERE)  # again: the copy before is not kept
    assert len(list(importing.incoming(here, HERE).iterdir())) == 1
    importing.discard(here, HERE)
    assert list(importing.incoming(here, HERE).iterdir()) == []
    await project_file.write(api, 3, file, overwrite=True)
    assert json.loads(ZipFile(file).read("manifest.json"))["package"] is None


async def test_a_failed_export_leaves_nothing(api: Api, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(Exception, match="version_unknown"):
        await project_file.write(api, 99, folder / "x.vestibule")
    assert list(folder.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        await project_file.write(api, 1, tmp_path / "nowhere" / "x.vestibule")


async def test_a_refused_file_stages_nothing(api: Api, here: Folders, tmp_path: Path) -> None:
    staging = Staging(here, HERE)
    file = made(tmp_path / "x", settings={"location": "Bern", "client_port": 70000})
    with pytest.raises(ProjectFileError, match="file_setting"):
        await importing.take_up(api, file, here, staging, HERE)
    assert staging.draft is None


def test_a_good_file_is_read(tmp_path: Path, place: Path) -> None:
    found = project_file.read(made(tmp_path / "x", method=ZIP_DEFLATED), place)
    assert found.settings == {"location": "Bern"}
    assert found.package is not None
    assert found.package.read_bytes() == PACKAGE
    found = project_file.read(made(tmp_path / "y", package=None), place)
    assert found.package is None


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "..\\evil", "a/../../evil", "Package", "readme"])
def test_other_names_are_refused(tmp_path: Path, place: Path, name: str) -> None:
    assert refusal(made(tmp_path / "x", more=((name, b"x"),)), place) == "file_content"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicates_are_refused(tmp_path: Path, place: Path) -> None:
    assert refusal(made(tmp_path / "x", more=(("settings.json", b"{}"),)), place) == "file_content"


def test_what_is_missing_is_missed(tmp_path: Path, place: Path) -> None:
    file = tmp_path / "x"
    with ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest(None)))
    assert refusal(file, place) == "file_content"
    assert refusal(made(file, told=manifest(PACKAGE), package=None), place) == "file_content"
    assert refusal(made(file, told=manifest(None)), place) == "file_content"


def test_links_are_refused(tmp_path: Path, place: Path) -> None:
    file = tmp_path / "x"
    with ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest(b"/etc/passwd")))
        archive.writestr("settings.json", "{}")
        link = ZipInfo("package")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, b"/etc/passwd")
    assert refusal(file, place) == "file_content"


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (manifest(format=2), "file_format"),
        (manifest(format="1"), "file_content"),
        (manifest(extra=1), "file_content"),
        (manifest(version=0), "file_content"),
        ([], "file_content"),
        (manifest(None, package={"name": "x", "size": 8000, "sha256": "0" * 64}), "file_damaged"),
        (manifest(None, package={"name": "x", "size": 7999, "sha256": "0" * 64}), "file_damaged"),
        (manifest(None, package={"name": "x", "size": 3 * 1024**3, "sha256": "0" * 64}), "file_content"),
    ],
)
def test_manifests_that_are_none(tmp_path: Path, place: Path, told: Any, code: str) -> None:
    assert refusal(made(tmp_path / "x", told=told), place) == code


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"colour": "red"}, "file_setting_unknown"),
        ({"vnc_password": "geheim1"}, "file_setting_unknown"),
        ({"password": "x"}, "file_setting_unknown"),
        ({"client_port": 70000}, "file_setting"),
        ({"latitude": 91}, "file_setting"),
        ({"local_ip": "300.1.1.1"}, "file_setting"),
        ({"location": "\x1b[31m"}, "file_setting"),
        ({"cloud": "yes"}, "file_setting"),
        ([], "file_content"),
    ],
)
def test_settings_that_may_not_stand(tmp_path: Path, place: Path, settings: Any, code: str) -> None:
    assert refusal(made(tmp_path / "x", settings=settings), place) == code


def test_deep_and_endless_documents(tmp_path: Path, place: Path) -> None:
    file = tmp_path / "x"
    for settings, code in ((b"[" * 100_000, "file_content"), (b'{"latitude": 1e999}', "file_setting")):
        with ZipFile(file, "w") as archive:
            archive.writestr("manifest.json", json.dumps(manifest(None)))
            archive.writestr("settings.json", settings)
        assert refusal(file, place) in (code, "file_content")


def test_bombs_are_refused_before_they_go_off(tmp_path: Path, place: Path) -> None:
    file = tmp_path / "x"
    for bomb, code in ((b" " * 1024**2, "file_too_large"), (b" " * (1024**2 + 1), "file_too_large")):
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", json.dumps(manifest(None)))
            archive.writestr("settings.json", bomb)
        assert refusal(file, place) == code
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:  # a package is never packed
        archive.writestr("manifest.json", json.dumps(manifest(b"0" * 10_000_000)))
        archive.writestr("settings.json", "{}")
        archive.writestr("package", b"0" * 10_000_000)
    assert refusal(file, place) == "file_content"


def patched(path: Path, change: Callable[[bytearray, int, int], None]) -> Path:
    """Change the package's local and central headers, whose places are given."""
    data = bytearray(path.read_bytes())
    local, central = data.index(b"PK\x03\x04", 60), data.rindex(b"PK\x01\x02")
    while data[local + 30 : local + 37] != b"package":
        local = data.index(b"PK\x03\x04", local + 4)
    change(data, local, central)
    path.write_bytes(data)
    return path


def test_three_gigabytes_are_refused_by_what_is_declared(tmp_path: Path, place: Path) -> None:
    def declare(data: bytearray, local: int, central: int) -> None:
        for at in (local + 18, local + 22, central + 20, central + 24):
            data[at : at + 4] = struct.pack("<I", 3 * 1024**3)

    assert refusal(patched(made(tmp_path / "x"), declare), place) == "file_too_large"


@pytest.mark.parametrize("lie", [1, 7999, 8001, 100_000_000])
def test_lies_about_the_size(tmp_path: Path, place: Path, lie: int) -> None:
    def declare(data: bytearray, local: int, central: int) -> None:
        for at in (local + 18, local + 22, central + 20, central + 24):
            data[at : at + 4] = struct.pack("<I", lie)

    assert refusal(patched(made(tmp_path / "x"), declare), place) == "file_damaged"
    file = made(tmp_path / "y", told=manifest(b"x" * lie) if lie < 9000 else manifest())
    assert refusal(patched(file, declare), place) == "file_damaged"


def test_encrypted_entries(tmp_path: Path, place: Path) -> None:
    def encrypt(data: bytearray, local: int, central: int) -> None:
        data[local + 6] |= 1
        data[central + 8] |= 1

    assert refusal(patched(made(tmp_path / "x"), encrypt), place) == "file_encrypted"


def test_a_name_that_ends_in_the_middle(tmp_path: Path, place: Path) -> None:
    data = made(tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(data.replace(b"package", b"pack\x00ge"))
    assert refusal(tmp_path / "x", place) == "file_content"


def test_no_zip_at_all(tmp_path: Path, place: Path) -> None:
    file = tmp_path / "x"
    for data in (b"", b"PK", os.urandom(5000), b"PK\x05\x06" + b"\xff" * 18):
        file.write_bytes(data)
        assert refusal(file, place) in ("file_no_zip", "file_damaged", "file_content")
    with pytest.raises(OSError):
        project_file.read(tmp_path, place)
    with pytest.raises(FileNotFoundError):
        project_file.read(tmp_path / "nothing", place)


def test_a_huge_table_of_contents_is_not_read(tmp_path: Path, place: Path) -> None:
    file = tmp_path / "x"
    with ZipFile(file, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number:040}", b"")
    assert refusal(file, place) == "file_content"


def test_wherever_it_is_cut_it_is_refused(tmp_path: Path, place: Path) -> None:
    whole = made(tmp_path / "x", package=b"p" * 300).read_bytes()
    for end in range(0, len(whole), 7):
        (tmp_path / "x").write_bytes(whole[:end])
        assert refusal(tmp_path / "x", place)


def test_wherever_it_is_altered_it_is_refused_or_the_same(tmp_path: Path, place: Path) -> None:
    whole = made(tmp_path / "x", package=b"p" * 300).read_bytes()
    buffer = io.BytesIO()
    for at in range(len(whole)):
        buffer = io.BytesIO(whole)
        buffer.seek(at)
        buffer.write(bytes([whole[at] ^ 0xFF]))
        (tmp_path / "x").write_bytes(buffer.getvalue())
        try:
            found = project_file.read(tmp_path / "x", place)
        except ProjectFileError:
            assert list(place.iterdir()) == []
            continue
        assert found.settings == {"location": "Bern"}
        assert found.package is not None
        assert found.package.read_bytes() == b"p" * 300
        found.package.unlink()
        found.package.parent.rmdir()


def test_names_of_files() -> None:
    assert safe_name("../../etc/passwd", "package") == "etc_passwd"
    assert safe_name("...", "package") == "package"
    assert safe_name("\x1b[31m fw.bin", "package") == "31m fw.bin"
    assert suggested_name("Haus Lindenhof", 12) == "haus-lindenhof-12.vestibule"
